"""Audio of clients: transcripts and the wake word."""
# ruff: noqa: TID253 - the official client, which these tests are about

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event as WyomingEvent
from wyoming.wake import Detect

from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.conversation.called_rooms import Rooms
from marvin.errors import TranscriptionError
from marvin.protocols import VoiceActivityDetector, WakeWordDetector
from marvin.service.wyoming import audio_requests, wyoming_server
from marvin.types import RATE_HZ, Partial, Transcript, Utterance
from tests.fakes import FakeTranscriber, FakeVad, FakeWake, audio
from tests.service.wyoming.serving import Client, fake_engines, pcm, serving, speech


def detectors(config: Config) -> tuple[VoiceActivityDetector, WakeWordDetector]:
    return FakeVad(), FakeWake()


def letters(script: str) -> bytes:
    samples = np.concatenate([chunk.samples for chunk in audio(script)])
    return (samples * 32768).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(16_000, 2, 1), (8_000, 1, 1), (44_100, 2, 2), (48_000, 3, 1), (96_000, 4, 2), (11_025, 2, 1)],
)
async def test_any_format_is_converted(rate: int, width: int, channels: int) -> None:
    engine = FakeTranscriber(Transcript("a tone", language="de"))
    async with (
        fake_engines(transcriber=engine) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        tone = pcm(rate=rate, width=width, channels=channels)
        # Blocks that end in the middle of a frame are of no use, so a multiple of all frames.
        said = speech(tone, rate=rate, width=width, channels=channels, block=4800)
        event = await client.told(Transcribe(language="de-DE"), *said)
    assert (event.type, event.data["text"], event.data["language"]) == (
        "transcript",
        "a tone",
        "de",
    )
    (heard,) = engine.utterances
    assert 1.0 <= len(heard.samples) / RATE_HZ <= 1.15
    spectrum = np.abs(np.fft.rfft(heard.samples[1600:14400] * np.hanning(12800)))
    assert np.argmax(spectrum) * RATE_HZ / 12800 == pytest.approx(440, abs=3)
    assert np.max(np.abs(heard.samples[1600:14400])) == pytest.approx(0.5, abs=0.03)


async def test_rate_that_changes_in_the_middle_and_a_cut_frame_lose_nothing_else() -> None:
    engine = FakeTranscriber("a tone")
    async with (
        fake_engines(transcriber=engine) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        await client.ask(
            AudioStart(16_000, 2, 1),
            AudioChunk(16_000, 2, 1, pcm(0.5) + b"\x00"),
            AudioChunk(48_000, 2, 2, pcm(0.5, rate=48_000, channels=2)),
            WyomingEvent("audio-chunk", {}, pcm(0.5, rate=48_000, channels=2)),
        )
        await client.told(AudioStop())
    assert 1.45 <= len(engine.utterances[0].samples) / RATE_HZ <= 1.65


class Streaming:
    """Understands a word in each half second."""

    words = ("what", "time", "is", "it")

    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        count = round(2 * len(utterance.samples) / RATE_HZ)
        text = " ".join(self.words[:count])
        return Partial(f"{text} or", len(text))

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        return Transcript("what time is it?")


async def test_words_that_are_certain_are_sent_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_requests, "clock", lambda: 0.0)
    config = Config(stt=WhisperConfig(partial_s=0.5))
    async with (
        fake_engines(config=config, transcriber=Streaming()) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        await client.ask(Transcribe(), AudioStart(16_000, 2, 1))
        seen: list[WyomingEvent] = []
        for _ in range(3):
            await client.ask(AudioChunk(16_000, 2, 1, pcm(0.52)))
            seen += await client.until("transcript-chunk")
        await client.ask(AudioStop())
        seen += await client.until("transcript-stop")
    kinds = [event.type for event in seen]
    assert kinds == [
        "transcript-start", *["transcript-chunk"] * 4, "transcript", "transcript-stop",
    ]  # fmt: skip
    pieces = [event.data["text"] for event in seen if event.type == "transcript-chunk"]
    assert pieces == ["what", " time", " is", " it?"]


async def test_recogniser_that_fails_is_an_error_for_its_client_only() -> None:
    engine = FakeTranscriber(TranscriptionError("out of words"), "hello")
    async with fake_engines(transcriber=engine) as served, serving(served) as port:
        async with Client(port) as client:
            event = await client.told(*speech(pcm()))
            assert (event.type, event.data["text"]) == ("error", "out of words")
            assert await client.read_event() is None
        async with Client(port) as client:
            assert (await client.told(*speech(pcm()))).data["text"] == "hello"
            # Too little for a word: the recogniser is not asked.
            assert (await client.told(*speech(b""))).data["text"] == ""


async def test_wake_word_is_detected_and_its_absence_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wyoming_server, "load_detectors", detectors)
    async with fake_engines() as served, serving(served) as port, Client(port) as client:
        quiet = await client.told(Detect(["marvin"]), *speech(letters("..ss..")))
        start, *blocks = speech(letters("..ssW..."))[:-1]
        assert isinstance(start, AudioStart)
        start.timestamp = 5_000
        found = await client.told(start, *blocks)
        await client.ask(AudioStop())
        again = await client.told(Detect(), *speech(letters("..ss..")))
    assert quiet.type == again.type == "not-detected"
    assert (found.type, found.data["name"], found.data["timestamp"]) == (
        "detection", "marvin", 5_200,
    )  # fmt: skip


async def test_one_of_two_clients_is_told_of_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wyoming_server, "load_detectors", detectors)
    async with (
        fake_engines() as served,
        serving(replace(served, rooms=Rooms(600.0))) as port,
        Client(port) as one,
        Client(port) as other,
    ):
        await one.ask(Detect(), *speech(letters("..W.."))[:-1])
        assert [event.type for event in await one.until("detection")] == ["detection"]
        # It hears the call more clearly, but what the first was told cannot be taken back.
        event = await other.told(Detect(), *speech(letters("s" * 12 + "W..")))
        assert event.type == "not-detected"


async def test_every_client_has_an_ear_of_its_own_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wyoming_server, "load_detectors", detectors)
    monkeypatch.setattr(wyoming_server, "EARS", 2)
    async with fake_engines() as served, serving(served) as port:
        async with Client(port) as one, Client(port) as other:
            for client, script in ((one, "..W"), (other, "..s")):
                await client.ask(Detect(), *speech(letters(script))[:-1])
            assert [event.type for event in await one.until("detection")] == ["detection"]
            await other.ask(AudioStop())
            assert [event.type for event in await other.until("not-detected")] == ["not-detected"]
            async with Client(port) as third:
                event = await third.told(Detect())
                assert "2 others wait for the wake word" in event.data["text"]
        # Their ears are free again once they have gone.
        async with asyncio.timeout(300):
            while True:
                async with Client(port) as client:
                    event = await client.told(Detect(), *speech(letters("..W")))
                if event.type == "detection":
                    break
