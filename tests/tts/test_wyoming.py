"""Speech from a Wyoming server: the requests, and the handling of each answer."""
# ruff: noqa: TID253

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from wyoming.audio import AudioChunk as Pcm
from wyoming.audio import AudioStart, AudioStop
from wyoming.event import Eventable
from wyoming.ping import Pong

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tts import WyomingSpeechConfig
from marvin.errors import ConfigError, SynthesisError
from marvin.protocols import Synthesizer
from marvin.tts.wyoming_synthesizer import WyomingSynthesizer
from marvin.types import AudioChunk, Samples
from tests.backends.wyoming.faults import FAULTS, SAID
from tests.wyoming_service import HEARING, SPEAKING, WyomingService

TONE = (8000 * np.sin(np.arange(4800) * 0.1)).astype(np.int16)
SOUND = TONE.astype(np.float32) / 32768
SENTENCE = "It is ten past nine."

Connect = Callable[..., WyomingSynthesizer]


def spoken(
    data: bytes = TONE.tobytes(), form: tuple[int, int, int] = (22_050, 2, 1), size: int = 999
) -> tuple[Eventable, ...]:
    """Audio in odd pieces, with its rate, width in bytes and channels."""
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return AudioStart(*form), *(Pcm(*form, piece) for piece in pieces), AudioStop()


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[WyomingSynthesizer] = []

    def connect(at: str, **keys: Any) -> WyomingSynthesizer:
        config = WyomingSpeechConfig(**{"url": at, "timeout_s": 300.0, **keys})
        opened.append(WyomingSynthesizer.load(config))
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


@pytest.mark.parametrize(
    ("keys", "voice"),
    [
        ({}, None),
        ({"voice": "en_US-joe"}, {"name": "en_US-joe"}),
        ({"voice": "de_DE-mls", "speaker": "otto"}, {"name": "de_DE-mls", "speaker": "otto"}),
        ({"language": "de"}, {"name": "de_DE-mls"}),
    ],
)
def test_sentence_comes_back_as_sound(connect: Connect, keys: Any, voice: Any) -> None:
    with WyomingService(SPEAKING, {"synthesize": spoken()}) as at:
        synthesizer = connect(at.url, **keys)
        chunks = say(synthesizer)
        assert np.array_equal(joined(chunks), SOUND)
        assert {chunk.rate_hz for chunk in chunks} == {22_050}
        assert at.of("synthesize")[0].data.get("voice") == voice
        assert at.of("synthesize")[0].data["text"] == SENTENCE
        say(synthesizer)
        assert len(at.of("describe")) == 1


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (np.repeat(TONE, 2).tobytes(), (48_000, 2, 2)),
        ((TONE.astype(np.int32) << 16).tobytes(), (16_000, 4, 1)),
    ],
)
def test_other_formats_become_mono(connect: Connect, data: bytes, form: Any) -> None:
    with WyomingService(SPEAKING, {"synthesize": spoken(data, form)}) as at:
        chunks = say(connect(at.url))
    assert np.allclose(joined(chunks), SOUND)
    assert {chunk.rate_hz for chunk in chunks} == {form[0]}


def test_sound_is_played_while_the_rest_is_synthesised(connect: Connect) -> None:
    with WyomingService(SPEAKING, {"synthesize": spoken()[:3]}) as at:
        speech = connect(at.url).synthesize(SENTENCE, CancelToken())
        assert sum(len(next(speech).samples) for _ in range(2)) == 1_998 // 2
        at.closed.clear()
        speech.close()  # type: ignore[attr-defined]
        at.wait(at.closed.is_set)


@pytest.mark.parametrize("text", ["", "  ", "🙂🤖", "…!?"])
def test_text_without_words_is_not_sent(connect: Connect, text: str) -> None:
    assert say(connect("tcp://127.0.0.1:9"), text) == []


def test_long_text_is_sent_in_parts(connect: Connect) -> None:
    with WyomingService(SPEAKING, {"synthesize": spoken()}) as at:
        sound = joined(say(connect(at.url), "All work and no play. " * 60))
        assert len(sound) == 2 * len(TONE)
        sent = [event.data["text"] for event in at.of("synthesize")]
    assert " ".join(sent) == ("All work and no play. " * 60).strip()


@pytest.mark.parametrize("begun", [(), spoken()[:3]])
@pytest.mark.parametrize(("sent", "message"), FAULTS[:-1])
def test_fault_names_the_key_and_says_what_to_do(
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    begun: Sequence[Eventable],
    sent: Sequence[Eventable | bytes | str],
    message: str,
) -> None:
    caplog.set_level(logging.INFO)
    with WyomingService(SPEAKING, {"synthesize": (*begun, *sent)}) as at:
        synthesizer = connect(at.url)
        with pytest.raises(SynthesisError, match=f"^{message.format(t='tts')}") as raised:
            say(synthesizer)
        assert SAID not in str(raised.value) + caplog.text
        at.script = {**at.script, "synthesize": spoken()}
        assert np.array_equal(joined(say(synthesizer)), SOUND)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ((AudioStart(22_050, 2, 1), AudioStop()), r"tts\.url: \S+ sent nothing instead of speech"),
        (spoken(form=(22_050, 3, 1)), r"sent audio with 24 bits, 1 channels, 22050 Hz instead of"),
        (spoken(form=(0, 2, 1)), r"sent audio with 16 bits, 1 channels, 0 Hz instead of speech"),
        (spoken(form=(22_050, 2, 99)), r"sent audio with 16 bits, 99 channels, 22050 Hz"),
        ((b'{"type": "audio-chunk", "payload_length": 2}\nab',), r"sent audio without a format"),
        ((*spoken()[:3], *spoken(form=(16_000, 2, 1))), r"sent audio that changes its format"),
        (spoken(bytes(1 << 20), (8_000, 2, 1), 1 << 16), r"sent endless audio instead of speech"),
        ((*(Pong(),) * 1_001,), r"sent a flood of other events instead of speech"),
    ],
)
def test_unusable_audio_is_refused(connect: Connect, sent: Any, message: str) -> None:
    with (
        WyomingService(SPEAKING, {"synthesize": sent}) as at,
        pytest.raises(SynthesisError, match=message),
    ):
        say(connect(at.url))


@pytest.mark.parametrize(
    ("keys", "info", "message"),
    [
        ({"voice": "en_US-jo"}, SPEAKING, r"tts\.voice: .* no 'en_US-jo'; it has en_US-joe, de_DE"),
        (
            {"voice": "de_DE-mls", "speaker": "oto"},
            SPEAKING,
            r"tts\.speaker: the voice 'de_DE-mls' of .* has no speaker 'oto'; it has otto, anna$",
        ),
        (
            {"voice": "en_US-joe", "speaker": "1"},
            SPEAKING,
            r"tts\.speaker: .* has no speaker '1'; it has none",
        ),
        ({"language": "fr"}, SPEAKING, r"tts\.language: .* no voice for 'fr'; it has voices for d"),
        ({}, HEARING, r"tts\.url: .* has no text to speech, but speech to text: is it the right p"),
        ({"timeout_s": 0.05}, SPEAKING, r"tts\.timeout_s: waited 0\.05 s for speech from"),
    ],
)
def test_unfit_server_is_named(connect: Connect, keys: Any, info: Any, message: str) -> None:
    with WyomingService(info, {}) as at, pytest.raises(SynthesisError, match=f"^{message}"):
        say(connect(at.url, **keys))


def test_server_that_is_down_is_named(connect: Connect) -> None:
    message = r"^tts\.url: nothing answers at tcp://127\.0\.0\.1:9 \(Connection refused\): start"
    with pytest.raises(SynthesisError, match=message):
        say(connect("tcp://127.0.0.1:9"))


def test_speaker_needs_a_voice() -> None:
    with pytest.raises(ConfigError, match=r"^tts\.speaker: name its voice in tts\.voice$"):
        WyomingSynthesizer.load(WyomingSpeechConfig(speaker="anna"))


def test_cancelled_speech_hangs_up(connect: Connect) -> None:
    token = CancelToken()
    with WyomingService(SPEAKING, {"synthesize": spoken()[:3]}) as at:
        speech = connect(at.url).synthesize(SENTENCE, token)
        next(speech)
        at.closed.clear()
        threading.Thread(target=token.cancel).start()
        with pytest.raises(Cancelled):
            list(speech)
        at.wait(at.closed.is_set)
