"""Detectors run only when needed: the wake model rests while nobody speaks."""

from dataclasses import replace

import numpy as np
import pytest

from marvin.audio.echo.canceller import EchoCanceller
from marvin.audio.echo.speexdsp import library
from marvin.audio.outlet import PlaybackTap
from marvin.config.tables import AudioConfig, Config, TurnConfig
from marvin.conversation.ear import INACTIVE, Ear, load_ear
from marvin.events import NearMiss
from marvin.types import CHUNK_SAMPLES, AudioChunk, Detection
from tests.fakes import FakeVad, FakeWake, audio


class CountingVad(FakeVad):
    def __init__(self) -> None:
        self.asked = 0

    def speech_probability(self, chunk: AudioChunk) -> float:
        self.asked += 1
        return super().speech_probability(chunk)


class VoiceLog(FakeWake):
    def __init__(self) -> None:
        super().__init__()
        self.voices: list[bool] = []

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        self.voices.append(voice)
        return super().process(chunk, voice)


def test_below_the_microphone_noise_level_no_detector_runs() -> None:
    vad, wake = CountingVad(), VoiceLog()
    ear = Ear(vad, wake)
    quiet = AudioChunk(np.full(CHUNK_SAMPLES, 1e-4, np.float32))
    heard = ear.hear(quiet, armed=True, speaking=False)
    assert (vad.asked, wake.voices, heard.probability) == (0, [False], 0.0)


def test_speech_reaches_the_wake_word() -> None:
    vad, wake = CountingVad(), VoiceLog()
    ear = Ear(vad, wake)
    found = [ear.hear(chunk, armed=True, speaking=False).detection for chunk in audio(".sW")]
    assert wake.voices == [False, True, True]
    assert [detection is not None for detection in found] == [False, False, True]


def test_disarmed_ear_does_not_wake_and_forgets_what_it_heard() -> None:
    wake = VoiceLog()
    ear = Ear(CountingVad(), wake)
    for chunk in audio("sWW"):
        assert ear.hear(chunk, armed=False, speaking=False).detection is None
    assert (wake.voices, wake.resets) == ([], 0)
    ear.hear(audio(".")[0], armed=True, speaking=False)
    ear.hear(audio(".")[0], armed=True, speaking=False)
    assert wake.resets == 1


def test_near_miss_is_reported_with_its_position_and_only_while_armed() -> None:
    wake = FakeWake()
    ear = Ear(FakeVad(), wake)
    wake.near_miss = Detection("marvin", 0.3, 8_000)
    chunk = audio("s")[0]
    assert ear.hear(chunk, armed=True, speaking=False).near_miss == NearMiss(0.3, 0.5)
    assert ear.hear(chunk, armed=False, speaking=False).near_miss is None


def test_detector_knows_while_marvin_speaks() -> None:
    wake = VoiceLog()
    ear = Ear(CountingVad(), wake)
    for speaking in (False, True, False):
        ear.hear(audio(".")[0], armed=True, speaking=speaking)
    assert wake.speaking == [False, True, False]


@pytest.mark.parametrize(("source", "clear"), [("echo-cancel", True), ("microphone", False)])
def test_open_microphone_needs_one_without_echo(
    source: str, clear: bool, caplog: pytest.LogCaptureFixture
) -> None:
    audio_config = AudioConfig(input=source, echo="off")
    config = Config(audio=audio_config, turn=TurnConfig(barge_in="speech"))
    ear = load_ear(config, PlaybackTap())
    heard = ear.hear(audio("s")[0], armed=False, speaking=True)
    assert heard.without_own_voice is clear
    assert (INACTIVE in caplog.text) is not clear


class HalvingCanceller(EchoCanceller):
    clear = True

    def __init__(self) -> None:
        pass

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        return replace(chunk, samples=np.float32(0.5) * chunk.samples)


def test_ear_tells_how_much_echo_was_removed() -> None:
    heard = Ear(FakeVad(), FakeWake(), None, HalvingCanceller()).hear(
        audio("s")[0], armed=False, speaking=True
    )
    assert heard.without_own_voice
    assert heard.removed_db == pytest.approx(6.0, abs=0.1)


def test_ear_is_told_what_is_played_unless_echo_is_off() -> None:
    if library() is None:
        pytest.skip("libspeexdsp1 is not installed")
    tap = PlaybackTap()
    load_ear(Config(audio=AudioConfig(input="microphone")), tap)
    assert tap.listener is not None
    # A reload turns it off again.
    load_ear(Config(audio=AudioConfig(input="microphone", echo="off")), tap)
    assert tap.listener is None
