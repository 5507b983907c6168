"""Transcripts from a server: the requests, and the handling of each answer."""

import io
import threading
import wave
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.stt import OpenAITranscriberConfig
from marvin.errors import TranscriptionError
from marvin.protocols import Transcriber
from marvin.stt.openai_transcriptions import OpenAITranscriber
from marvin.types import RATE_HZ, Endpoint, Samples, Transcript, Utterance
from tests.backends.remote.servers import BUSY, REFUSALS, Sleeps
from tests.faulty_server import Answer, FaultyServer

TONE = (0.5 * np.sin(np.arange(RATE_HZ) * 0.1)).astype(np.float32)

HALF = rb'{"text": "Stop \ud83d"}'
"""Ends with half a character."""
DEEP = b"[" * 100_000

Connect = Callable[..., OpenAITranscriber]


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[OpenAITranscriber] = []

    def connect(at: FaultyServer, **keys: Any) -> OpenAITranscriber:
        config = OpenAITranscriberConfig(
            **{"base_url": f"{at.url}/v1", "model": "tiny", "timeout_s": 300.0, **keys}
        )
        opened.append(OpenAITranscriber.load(config, sleep=Sleeps()))
        return opened[-1]

    yield connect
    for transcriber in opened:
        transcriber.close()


def hear(
    transcriber: Transcriber,
    samples: Samples = TONE,
    speech_s: float = 1.0,
    token: CancelToken | None = None,
) -> Transcript:
    utterance = Utterance(samples, 0, speech_s, Endpoint.SILENCE)
    return transcriber.transcribe(utterance, token or CancelToken())


def test_utterance_is_sent_as_a_wav_file(connect: Connect) -> None:
    with FaultyServer(Answer.json({"text": "Stop."})) as at:
        assert hear(connect(at)) == Transcript("Stop.")
    (request,) = at.requests
    assert (request.method, request.path) == ("POST", "/v1/audio/transcriptions")
    assert "authorization" not in request.headers
    form = request.form()
    sound = form.pop("file")
    assert form == {"model": b"tiny", "language": b"en", "response_format": b"json"}
    with wave.open(io.BytesIO(sound)) as file:
        assert file.getparams()[:4] == (1, 2, RATE_HZ, len(TONE))
        sent = np.frombuffer(file.readframes(len(TONE)), np.int16) / 32767
    assert np.abs(sent - TONE).max() < 1e-4


@pytest.mark.parametrize("slash", ["", "/"])
def test_address_may_end_with_a_slash(connect: Connect, slash: str) -> None:
    with FaultyServer(Answer.json({"text": "Stop."})) as at:
        hear(connect(at, base_url=f"{at.url}/some/v1{slash}"))
    assert at.requests[0].path == "/some/v1/audio/transcriptions"


@pytest.mark.parametrize(
    ("language", "answered", "result"),
    [
        ("de", {}, "de"),
        ("de", {"language": "german"}, "de"),
        ("auto", {}, ""),
        ("auto", {"language": "fr"}, "fr"),
        ("auto", {"language": "spanish"}, "es"),
        ("auto", {"language": "klingon"}, ""),
        ("auto", {"language": None}, ""),
    ],
)
def test_language_is_sent_and_read(
    connect: Connect, language: str, answered: dict[str, str], result: str
) -> None:
    with FaultyServer(Answer.json({"text": "ja", **answered})) as at:
        assert hear(connect(at, language=language)).language == result
    sent = at.requests[0].form().get("language")
    assert sent == (None if language == "auto" else language.encode())


@pytest.mark.parametrize(
    ("written", "text", "confidence"),
    [
        (" Marvin, what time is it?\n", "what time is it?", 1.0),
        ("what time is it", "what time is it", 1.0),
        ("Marvin.", "", 1.0),
        ("", "", 0.0),
        ("  ", "", 0.0),
        ("Thank you. Thank you. Thank you. Thank you.", "", 0.0),
        ("so " * 300, "", 0.0),
    ],
)
def test_only_real_speech_is_accepted(
    connect: Connect, written: str, text: str, confidence: float
) -> None:
    with FaultyServer(Answer.json({"text": written})) as at:
        assert hear(connect(at), speech_s=0.6) == Transcript(text, confidence=confidence)


@pytest.mark.parametrize(
    ("samples", "speech_s"),
    [(TONE, 0.1), (TONE, 0.0), (np.zeros(RATE_HZ, np.float32), 1.0), (TONE[:0], 1.0)],
    ids=["short", "none", "silent", "empty"],
)
def test_silence_is_not_sent(connect: Connect, samples: Samples, speech_s: float) -> None:
    with FaultyServer() as at:
        assert hear(connect(at), samples, speech_s) == Transcript("")
    assert at.requests == []


@pytest.mark.parametrize(("answer", "message"), [*REFUSALS, *BUSY])
def test_error_names_the_key_and_says_what_to_do(
    connect: Connect, answer: Answer, message: str
) -> None:
    with FaultyServer(always=answer) as at:
        transcriber = connect(at)
        with pytest.raises(TranscriptionError, match="^" + message.format(t="stt")):
            hear(transcriber)
        at.add(Answer.json({"text": "Better now."}))
        assert hear(transcriber).text == "Better now."


@pytest.mark.parametrize(
    "body",
    [b'{"text": "cut', b"null", b"[]", b'"text"', b"{}", b'{"text": 7}', b"\xff", HALF, DEEP],
    ids=["cut", "null", "list", "text", "empty", "number", "binary", "half a character", "deep"],
)
def test_answer_without_text_is_an_error(connect: Connect, body: bytes) -> None:
    with FaultyServer(Answer(200, body, {"Content-Type": "application/json"})) as at:
        message = r"stt\.base_url: \S+ answered with something else instead of a transcript: check"
        with pytest.raises(TranscriptionError, match=message):
            hear(connect(at))


def test_endless_answer_is_cut_off(connect: Connect) -> None:
    with FaultyServer(Answer(200, b" " * 65_536, endless=True)) as at:
        with pytest.raises(TranscriptionError, match="does not end"):
            hear(connect(at))
        at.wait_for_hang_up()


def test_cancel_cuts_the_connection(connect: Connect) -> None:
    with FaultyServer(Answer(held=True)) as at:
        transcriber, token = connect(at), CancelToken()

        def cancel() -> None:
            at.wait_for(requests=1)
            token.cancel()

        threading.Thread(target=cancel).start()
        with pytest.raises(Cancelled):
            hear(transcriber, token=token)
        at.wait_for_hang_up()


def test_server_that_starts_later_is_found(connect: Connect) -> None:
    with FaultyServer(Answer.json({"text": "Here."})) as at:
        pass
    transcriber = connect(at)
    with pytest.raises(TranscriptionError, match=r"stt\.base_url: nothing answers at http"):
        hear(transcriber)
    with FaultyServer(Answer.json({"text": "Here."}), port=at.port):
        assert hear(transcriber).text == "Here."
