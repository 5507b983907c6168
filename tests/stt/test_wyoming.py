"""Speech to text by a Wyoming server: the requests, and the handling of each answer."""

# ruff: noqa: TID253

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.event import Eventable
from wyoming.info import Info

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.stt import WyomingTranscriberConfig
from marvin.errors import ModelLoadError, TranscriptionError
from marvin.pcm import to_int16
from marvin.stt.wyoming_transcriber import WyomingTranscriber
from marvin.types import RATE_HZ, Endpoint, Utterance
from tests.backends.wyoming.faults import FAULTS, SAID
from tests.wyoming_service import HEARING, SPEAKING, Script, WyomingService, heard

SAMPLES = (0.1 * np.sin(np.arange(RATE_HZ) * 0.1)).astype(np.float32)
UTTERANCE = Utterance(SAMPLES, 0, 1.0, Endpoint.SILENCE)

ODD = b'{"type": "info", "data": {"asr": %b}}\n'

Connect = Callable[..., WyomingTranscriber]


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[WyomingTranscriber] = []

    def connect(at: str, **keys: Any) -> WyomingTranscriber:
        config = WyomingTranscriberConfig(**{"url": at, "timeout_s": 300.0, **keys})
        opened.append(WyomingTranscriber.load(config, ("marvin",)))
        return opened[-1]

    yield connect
    for transcriber in opened:
        transcriber.close()


def test_utterance_is_sent_and_its_words_come_back(connect: Connect) -> None:
    with WyomingService(HEARING, heard(" Marvin, what time is it? ")) as at:
        transcriber = connect(at.url, model="base", language="de", names=("Anna",))
        transcript = transcriber.transcribe(UTTERANCE, CancelToken())
        assert (transcript.text, transcript.language) == ("what time is it?", "de")
        described, asked, start, *audio, stop = at.events
    assert described.type == "describe"
    assert asked.data == {"name": "base", "language": "de", "transcript_names": ["Anna"]}
    assert {start.data[key] for key in ("rate", "width", "channels")} == {RATE_HZ, 2, 1}
    assert b"".join(one.payload or b"" for one in audio) == to_int16(SAMPLES).tobytes()
    assert [one.data["timestamp"] for one in audio] == [0, 500]
    assert stop.type == "audio-stop"


def test_server_that_chooses_the_language_names_it(connect: Connect) -> None:
    with WyomingService(HEARING, {"audio-stop": (Transcript("Hallo", language="de_DE"),)}) as at:
        transcript = connect(at.url, language="auto").transcribe(UTTERANCE, CancelToken())
        assert (transcript.text, transcript.language) == ("Hallo", "de")
        assert at.of("transcribe")[0].data == {}


def test_streamed_text_is_joined(connect: Connect) -> None:
    said = (TranscriptStart(), TranscriptChunk("what time"), TranscriptChunk(" is it"))
    with WyomingService(HEARING, {"audio-stop": (*said, TranscriptStop())}) as at:
        transcriber = connect(at.url)
        assert transcriber.transcribe(UTTERANCE, CancelToken()).text == "what time is it"
        assert transcriber.partial(UTTERANCE, CancelToken()).text == "what time is it"
        assert len(at.of("describe")) == 1


def test_answer_before_the_end_of_the_audio_counts(connect: Connect) -> None:
    with WyomingService(HEARING, {"audio-start": (Transcript("stop"),)}) as at:
        assert connect(at.url).transcribe(UTTERANCE, CancelToken()).text == "stop"


@pytest.mark.parametrize("text", ["", "  ", "Marvin."])
def test_no_words_are_not_understood(connect: Connect, text: str) -> None:
    with WyomingService(HEARING, heard(text)) as at:
        transcript = connect(at.url).transcribe(UTTERANCE, CancelToken())
    assert (transcript.text, transcript.confidence) == ("", 0.0)


def test_silence_is_not_sent(connect: Connect) -> None:
    silence = Utterance(np.zeros(RATE_HZ, np.float32), 0, 1.0, Endpoint.SILENCE)
    assert connect("tcp://127.0.0.1:9").transcribe(silence, CancelToken()).text == ""


@pytest.mark.parametrize(("sent", "message"), FAULTS)
def test_fault_names_the_key_and_says_what_to_do(
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    sent: Sequence[Eventable | bytes | str],
    message: str,
) -> None:
    caplog.set_level(logging.INFO)
    with WyomingService(HEARING, {"audio-stop": sent}) as at:
        transcriber = connect(at.url)
        with pytest.raises(TranscriptionError, match=f"^{message.format(t='stt')}") as raised:
            transcriber.transcribe(UTTERANCE, CancelToken())
        assert SAID not in str(raised.value) + caplog.text
        # The next request has a connection of its own.
        at.script = {**at.script, **heard("stop")}
        assert transcriber.transcribe(UTTERANCE, CancelToken()).text == "stop"


@pytest.mark.parametrize(
    ("keys", "script", "message"),
    [
        ({"language": "xx"}, {}, r"stt\.language: .* does not know 'xx'; it knows de, en$"),
        ({"model": "bose"}, {}, r"stt\.model: the server at \S+ has no 'bose'; it has base$"),
        ({}, {"describe": (SPEAKING,)}, r"stt\.url: .* no speech to text, but text to speech: is"),
        ({}, {"describe": (Info(),)}, r"stt\.url: .* has no speech to text, but nothing: is it"),
        ({}, {"describe": (ODD % b"7",)}, r"stt\.url: .* has no speech to text"),
        ({}, {"audio-stop": (b'{"type": "transcript"}\n',)}, r"stt\.url: \S+ sent nothing instead"),
        ({}, heard("x" * 100_001), r"stt\.url: \S+ sent endless text instead of a transcript"),
        ({"timeout_s": 0.05}, {}, r"stt\.timeout_s: waited 0\.05 s for a transcript from \S+: ra"),
        ({"timeout_s": 0.05}, {"describe": ()}, r"stt\.timeout_s: waited 0\.05 s for a transcript"),
    ],
)  # fmt: skip
def test_unfit_server_is_named(
    connect: Connect, keys: dict[str, Any], script: Script, message: str
) -> None:
    with (
        WyomingService(HEARING, script) as at,
        pytest.raises(TranscriptionError, match=f"^{message}"),
    ):
        connect(at.url, **keys).transcribe(UTTERANCE, CancelToken())


def test_unexpected_description_is_no_obstacle(connect: Connect) -> None:
    odd = ODD % b'[{"models": [{"name": 7}, 3, {"name": "a\\u001bb", "languages": "en"}]}]'
    said = b'{"type": "transcript", "data": {"text": "so\\ud800"}}\n'
    with WyomingService(HEARING, {"describe": (odd,), "audio-stop": (said,)}) as at:
        assert connect(at.url).transcribe(UTTERANCE, CancelToken()).text == "so?"


def test_server_that_is_down_is_asked_again(connect: Connect) -> None:
    with WyomingService(HEARING, heard("stop")) as at:
        transcriber = connect(at.url)
        at.stop()
        message = (
            rf"^stt\.url: nothing answers at {at.url} \(Connection refused\): start the server"
        )
        with pytest.raises(TranscriptionError, match=message):
            transcriber.transcribe(UTTERANCE, CancelToken())
        at.start()
        assert transcriber.transcribe(UTTERANCE, CancelToken()).text == "stop"


def test_impossible_host_is_named(connect: Connect) -> None:
    with pytest.raises(TranscriptionError, match=r"^stt\.url: nothing answers at tcp://a\.\.b:1 "):
        connect("tcp://a..b:1").transcribe(UTTERANCE, CancelToken())


def test_cancelled_request_hangs_up(connect: Connect) -> None:
    token = CancelToken()
    with WyomingService(HEARING, {}) as at:
        transcriber = connect(at.url)

        def cancel() -> None:
            at.wait(lambda: at.of("audio-stop"))
            at.closed.clear()
            token.cancel()

        canceller = threading.Thread(target=cancel)
        canceller.start()
        with pytest.raises(Cancelled):
            transcriber.transcribe(UTTERANCE, token)
        canceller.join()
        at.wait(at.closed.is_set)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wyoming", None)
    with pytest.raises(ModelLoadError, match=r'pip install "marvin-voice\[servers\]"'):
        WyomingTranscriber.load(WyomingTranscriberConfig())
