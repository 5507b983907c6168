"""Microphones with a DC offset or mains hum work like any other."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from marvin.audio.wavfile import WavSource
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation.hum import HumFilter
from marvin.events import Event, Heard, WakeWordHeard
from marvin.pcm import level_dbfs
from marvin.service.run import run_assistant
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from tests.fakes import FakeSink
from tests.paths import DATA, SAMPLES

REAL = DATA / "speech-en"


def tone(hz: float, level: float, samples: int) -> Samples:
    """A sine wave; a constant offset without a frequency."""
    if hz == 0:
        return np.full(samples, level, np.float32)
    at_s = np.arange(samples) / RATE_HZ
    return (level * np.sin(2 * np.pi * hz * at_s + 1.0)).astype(np.float32)


def recording(path: Path) -> Samples:
    import soundfile

    samples: Samples = soundfile.read(path, dtype="float32", always_2d=True)[0][:, 0]
    return samples


def chunks(audio: Samples, size: int = CHUNK_SAMPLES) -> Iterator[AudioChunk]:
    for start in range(0, len(audio), size):
        yield AudioChunk(audio[start : start + size], start=start)


def cleaned(audio: Samples, size: int = CHUNK_SAMPLES) -> Samples:
    hum = HumFilter()
    return np.concatenate([hum.clean(chunk).samples for chunk in chunks(audio, size)])


async def heard(audio: Samples, folder: Path) -> tuple[int, list[str]]:
    """The number of wake-ups and the recognised text."""
    import soundfile

    soundfile.write(folder / "room.wav", np.clip(audio, -1.0, 1.0), RATE_HZ)
    events: list[Event] = []
    config = Config(skills=SkillsConfig(state_dir=folder))
    await run_assistant(config, WavSource(folder / "room.wav"), FakeSink(), events.append)
    wakes = sum(isinstance(event, WakeWordHeard) for event in events)
    return wakes, [event.text for event in events if isinstance(event, Heard)]


@pytest.mark.parametrize(
    "added",
    [[(0, 0.1)], [(0, -0.2)], [(0, 0.3)], [(50, 0.1)], [(60, 0.3)], [(100, 0.3)], [(120, 0.2)],
     [(0, 0.05), (50, 0.1), (100, 0.05)]],
    ids=str,
)  # fmt: skip
async def test_question_in_a_hum_is_heard(added: list[tuple[float, float]], tmp_path: Path) -> None:
    question = recording(SAMPLES / "what_time_is_it.wav")
    hum = sum(tone(hz, level, len(question)) for hz, level in added)
    assert await heard(question + hum, tmp_path) == (1, ["what time is it"])


@pytest.mark.parametrize("hz", [0, 16.7, 50, 60, 100, 120])
@pytest.mark.parametrize("size", [160, CHUNK_SAMPLES, 5_000])
def test_hum_is_removed_after_a_moment(hz: float, size: int) -> None:
    audio = cleaned(tone(hz, 0.2, 5 * RATE_HZ), size)
    assert level_dbfs(audio[-2 * RATE_HZ :]) < -55


def test_hum_filter_does_not_change_speech() -> None:
    for hz in (250, 500, 1_000, 4_000):
        speech = tone(hz, 0.1, 5 * RATE_HZ)
        audio = cleaned(speech + tone(50, 0.2, len(speech)))[-2 * RATE_HZ :]
        assert level_dbfs(audio) == pytest.approx(level_dbfs(speech), abs=0.5)
    assert level_dbfs(audio - speech[-2 * RATE_HZ :]) < -35, "high tones are not even delayed"


def test_voice_that_hums_for_a_moment_is_not_filtered() -> None:
    voice = np.concatenate([np.zeros(RATE_HZ, np.float32), tone(100, 0.3, RATE_HZ)] * 3)
    assert np.array_equal(cleaned(voice), voice)


def test_audio_without_hum_is_bit_identical() -> None:
    for sample in sorted(SAMPLES.glob("*.wav")):
        audio = recording(sample)
        assert np.array_equal(cleaned(audio), audio), sample.name


@pytest.mark.skipif(not REAL.is_dir(), reason="no real recordings in ../shared/data")
@pytest.mark.parametrize("folder", ["ha_commands", "cards"])
def test_recordings_of_people_are_bit_identical(folder: str) -> None:
    found = [path for kind in ("*.wav", "*.flac") for path in sorted((REAL / folder).rglob(kind))]
    assert found
    for path in found:
        audio = recording(path)
        assert np.array_equal(cleaned(audio), audio), path.name


def test_chunks_keep_their_length() -> None:
    hum = HumFilter()
    noise = tone(50, 0.3, 3 * RATE_HZ)
    for chunk in chunks(noise):
        hum.clean(chunk)
    for size in (1, 79, 640, 641, 3_000):
        assert len(hum.clean(AudioChunk(noise[:size])).samples) == size
    assert len(hum.clean(AudioChunk(noise[:0])).samples) == 0
