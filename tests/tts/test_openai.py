"""Speech from a server: the requests, and the handling of each answer."""

import io
import threading
import wave
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tts import OpenAISpeechConfig
from marvin.errors import SynthesisError
from marvin.protocols import Synthesizer
from marvin.tts.openai.openai_speech import OpenAISynthesizer
from marvin.types import AudioChunk, Samples
from tests.backends.remote.servers import BUSY, REFUSALS, Sleeps, complaint
from tests.faulty_server import WAIT_S, Answer, FaultyServer

TONE = (8000 * np.sin(np.arange(4800) * 0.1)).astype(np.int16)
RAW = TONE.tobytes()
SENTENCE = "It is ten past nine."

Connect = Callable[..., OpenAISynthesizer]


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(22_050)
        writer.writeframes(RAW)
    return file.getvalue()


def spoken(kind: str = "audio/wav", **more: Any) -> Answer:
    """A WAV file in odd pieces."""
    data = wav()
    pieces = tuple(data[at : at + 999] for at in range(0, len(data), 999))
    return Answer(200, pieces, {"Content-Type": kind}, **more)


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[OpenAISynthesizer] = []

    def connect(at: FaultyServer, **keys: Any) -> OpenAISynthesizer:
        config = OpenAISpeechConfig(**{"base_url": f"{at.url}/v1", "timeout_s": 300.0, **keys})
        opened.append(OpenAISynthesizer.load(config, sleep=Sleeps()))
        return opened[-1]

    yield connect
    for synthesizer in opened:
        synthesizer.close()


def say(
    synthesizer: Synthesizer, text: str = SENTENCE, token: CancelToken | None = None
) -> list[AudioChunk]:
    return list(synthesizer.synthesize(text, token or CancelToken()))


def joined(chunks: list[AudioChunk]) -> Samples:
    assert [chunk.start for chunk in chunks[1:]] == [chunk.end for chunk in chunks[:-1]]
    return np.concatenate([chunk.samples for chunk in chunks])


def test_sentence_comes_back_as_sound(connect: Connect) -> None:
    with FaultyServer(spoken()) as at:
        chunks = say(connect(at, model="kokoro", voice="bella", speed=1.25))
    assert np.array_equal(joined(chunks), TONE.astype(np.float32) / 32768)
    assert {chunk.rate_hz for chunk in chunks} == {22_050}
    (request,) = at.requests
    assert request.path == "/v1/audio/speech"
    assert request.json() == {
        "model": "kokoro",
        "voice": "bella",
        "speed": 1.25,
        "response_format": "wav",
        "input": SENTENCE,
    }


@pytest.mark.parametrize(
    ("kind", "rate_hz"),
    [("audio/pcm", 24_000), ("", 24_000), ("audio/L16; rate=16000; channels=1", 16_000)],
)
def test_raw_samples_are_played(connect: Connect, kind: str, rate_hz: int) -> None:
    with FaultyServer(Answer(200, (RAW[:33], RAW[33:]), {"Content-Type": kind})) as at:
        chunks = say(connect(at, format="pcm"))
    assert np.array_equal(joined(chunks), TONE.astype(np.float32) / 32768)
    assert {chunk.rate_hz for chunk in chunks} == {rate_hz}
    assert at.requests[0].json()["response_format"] == "pcm"


def test_sound_is_played_while_the_rest_is_synthesised(connect: Connect) -> None:
    with FaultyServer(spoken(stall_after=2_000)) as at:
        speech = connect(at).synthesize(SENTENCE, CancelToken())
        assert sum(len(next(speech).samples) for _ in range(2)) == (1_998 - 44) // 2
        speech.close()  # type: ignore[attr-defined]
        at.wait_for_hang_up()


@pytest.mark.parametrize("text", ["", "  ", "🙂🤖", "…!?"])
def test_text_without_words_is_not_sent(connect: Connect, text: str) -> None:
    with FaultyServer() as at:
        assert say(connect(at), text) == []
    assert at.requests == []


def test_text_too_long_for_one_request_is_sent_in_parts(connect: Connect) -> None:
    with FaultyServer(always=spoken()) as at:
        sound = joined(say(connect(at), "All work and no play. " * 250))
    assert len(sound) == 2 * len(TONE)
    sent = [request.json()["input"] for request in at.requests]
    assert " ".join(sent) == ("All work and no play. " * 250).strip()
    assert max(map(len, sent)) <= 4096


def test_other_scripts_are_sent_unchanged(connect: Connect) -> None:
    with FaultyServer(spoken()) as at:
        say(connect(at), "现在是九点十分。")
    assert at.requests[0].json()["input"] == "现在是九点十分。"


@pytest.mark.parametrize(("answer", "message"), [*REFUSALS, *BUSY])
def test_error_names_the_key_and_says_what_to_do(
    connect: Connect, answer: Answer, message: str
) -> None:
    with FaultyServer(always=answer) as at:
        synthesizer = connect(at)
        with pytest.raises(SynthesisError, match="^" + message.format(t="tts")):
            say(synthesizer)
        at.add(spoken())
        assert len(joined(say(synthesizer))) == len(TONE)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            Answer(200, b"ID3\x04" + bytes(99)),
            r'tts\.format: .* MP3, not wav: it may support "pcm"; if',
        ),
        (Answer(200, RAW), r"tts\.format: the server sent audio without a WAV header,"),
        (Answer(200, wav()[:44]), r"tts\.base_url: \S+ answered with nothing instead of speech"),
        (Answer.json({"audio": "UklGRg=="}), r"tts\.base_url: \S+ answered with JSON instead of "),
        (spoken(cut_after=5_000), r"tts\.base_url: the server at \S+ closed the connection early"),
    ],
)
def test_answer_without_speech_is_an_error(connect: Connect, answer: Answer, message: str) -> None:
    with FaultyServer(answer) as at, pytest.raises(SynthesisError, match="^" + message):
        say(connect(at))


def test_stalled_stream_is_given_up(connect: Connect) -> None:
    heard: list[AudioChunk] = []
    with FaultyServer(spoken(stall_after=5_000)) as at:
        speech = connect(at, timeout_s=0.2).synthesize(SENTENCE, CancelToken())
        with pytest.raises(SynthesisError, match=r"^tts\.timeout_s: waited 0\.2 s for speech"):
            heard.extend(speech)
        at.wait_for_hang_up()
    assert 2_000 < len(joined(heard)) < len(TONE)


def test_endless_speech_is_cut_off(connect: Connect) -> None:
    endless = Answer(200, RAW, {"Content-Type": "audio/pcm"}, endless=True)
    with FaultyServer(endless) as at:
        with pytest.raises(SynthesisError, match=r"^tts\.model: the answer of \S+ does not end"):
            say(connect(at, format="pcm"))
        at.wait_for_hang_up()


def test_errors_do_not_contain_the_text(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    echo = {"detail": [{"loc": ["body", "input"], "msg": "too long", "input": SENTENCE}]}
    answers = [Answer.json(echo, 422), complaint(400, f"cannot say {SENTENCE!r}"), complaint(503)]
    with FaultyServer(*answers) as at:
        synthesizer = connect(at, retries=0)
        for _ in answers:
            with pytest.raises(SynthesisError) as raised:
                say(synthesizer)
            assert "ten past" not in str(raised.value)
    assert "ten past" not in caplog.text


@pytest.mark.parametrize("answer", [Answer(held=True), spoken(stall_after=3_000)])
def test_cancel_cuts_the_connection(connect: Connect, answer: Answer) -> None:
    with FaultyServer(answer, spoken()) as at:
        synthesizer, token = connect(at, timeout_s=2 * WAIT_S), CancelToken()

        def cancel() -> None:
            at.wait_for(requests=1)
            token.cancel()

        threading.Thread(target=cancel).start()
        with pytest.raises(Cancelled):
            say(synthesizer, token=token)
        at.wait_for_hang_up()
        assert len(joined(say(synthesizer))) == len(TONE)


def test_cancelled_token_sends_nothing(connect: Connect) -> None:
    token = CancelToken()
    token.cancel()
    with FaultyServer() as at, pytest.raises(Cancelled):
        say(connect(at), token=token)
    assert at.requests == []
