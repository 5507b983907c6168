"""The shipped models detect their phrase and nothing else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from marvin.backends.espeak.process import EspeakProcess
from marvin.cancellation import CancelToken
from marvin.config.wake import SHIPPED, AstConfig
from marvin.pcm import to_float32
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection, Samples
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from tests.paths import DATA, SAMPLES, WAKE_MODELS

POSITIVES = ("wake/marvin", "wake/marvin_from_stream")
NEGATIVES = ("negatives/mycroft_not_wake_en", "wake/other")
"""None of these is training material. The model's README.md has figures for more recordings."""

_VOICE = "en-us+m3"

needs_recordings = pytest.mark.skipif(
    not DATA.is_dir(), reason="no real recordings in ../shared/data"
)


@pytest.fixture(scope="module")
def detector() -> AstWakeWordDetector:
    return AstWakeWordDetector.load(AstConfig())


def _read(path: Path) -> Samples:
    import soundfile
    import soxr

    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    return np.asarray(soxr.resample(mono, rate_hz, RATE_HZ), np.float32)


def _files(*folders: str) -> list[Path]:
    paths = (path for folder in folders for path in sorted((DATA / folder).rglob("*")))
    return [path for path in paths if path.suffix in (".wav", ".flac")]


def _heard(detector: AstWakeWordDetector, speech: Samples) -> Iterator[Detection]:
    quiet = np.random.default_rng(1).standard_normal(len(speech) + 2 * RATE_HZ) * 3e-4
    audio = quiet.astype(np.float32)
    audio[RATE_HZ : RATE_HZ + len(speech)] += speech
    detector.reset()
    for start in range(0, len(audio), CHUNK_SAMPLES):
        chunk = AudioChunk(audio[start : start + CHUNK_SAMPLES], start=start)
        detection = detector.process(chunk, voice=True)
        if detection is not None:
            yield detection


@pytest.fixture(scope="module")
def greeted() -> AstWakeWordDetector:
    """Waits for "hey marvin"."""
    return AstWakeWordDetector.load(AstConfig(model="hey_marvin", label="hey marvin"))


def _say(*texts: str) -> list[Samples]:
    """In a voice of espeak-ng that trainings leave out."""
    import soxr

    with closing(EspeakProcess()) as process:
        process.start()
        spoken = [b"".join(process.speak(text, _VOICE, CancelToken())) for text in texts]
        clips = [to_float32(np.frombuffer(pcm, np.int16)) for pcm in spoken]
        return [
            np.asarray(soxr.resample(clip, process.rate_hz, RATE_HZ), np.float32) for clip in clips
        ]


@pytest.mark.parametrize("name", SHIPPED)
def test_files_are_small_and_complete(name: str) -> None:
    folder = WAKE_MODELS / name
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.json", "model.safetensors", "preprocessor_config.json", "README.md"}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 4.5e6


def test_silence_and_noise_do_not_wake_it(
    detector: AstWakeWordDetector, greeted: AstWakeWordDetector
) -> None:
    rng = np.random.default_rng(4)
    for level in (0.0, 1e-3, 0.1):
        noise = (rng.standard_normal(10 * RATE_HZ) * level).astype(np.float32)
        assert list(_heard(detector, noise)) == list(_heard(greeted, noise)) == []


def test_phrase_of_two_words_wakes_only_its_own_model(greeted: AstWakeWordDetector) -> None:
    *called, name, greeting = _say(
        "hey marvin", "hey marvin, what time is it?", "marvin", "hey martin, what time is it?"
    )
    assert [len(list(_heard(greeted, one))) for one in called] == [1, 1]
    assert [list(_heard(greeted, one)) for one in (name, greeting)] == [[], []]


def test_looking_less_often_hears_the_same(detector: AstWakeWordDetector) -> None:
    slow = AstWakeWordDetector.load(AstConfig(calm_hops=1))
    samples = sorted(SAMPLES.glob("*.wav"))
    assert samples
    for path in samples:
        speech = _read(path)
        often, rarely = (list(_heard(one, speech)) for one in (slow, detector))
        assert len(often) == len(rarely), path.name
        for wanted, found in zip(often, rarely, strict=True):
            assert abs(wanted.at - found.at) <= 2 * AstConfig().hop_samples, path.name


def test_numpy_scores_match_transformers(detector: AstWakeWordDetector) -> None:
    slow = AstWakeWordDetector.load(AstConfig(own_network=False))
    heard = 0
    for path in sorted(SAMPLES.glob("*.wav")):
        speech = _read(path)
        theirs, ours = (list(_heard(one, speech)) for one in (slow, detector))
        assert [one.at for one in ours] == [one.at for one in theirs], path.name
        assert [one.score for one in ours] == pytest.approx([one.score for one in theirs], abs=1e-3)
        heard += len(ours)
    assert heard > 5


@needs_recordings
def test_it_fires_once_on_most_recordings_of_its_name(detector: AstWakeWordDetector) -> None:
    counts = {path.name: len(list(_heard(detector, _read(path)))) for path in _files(*POSITIVES)}
    assert len(counts) >= 3
    assert set(counts.values()) <= {0, 1}, counts
    # docs/experiments.md: one of the three, cut from a stream, is missed.
    assert sum(counts.values()) >= 2 / 3 * len(counts), counts


@needs_recordings
def test_it_stays_silent_through_ten_minutes_of_other_speech(
    detector: AstWakeWordDetector,
) -> None:
    seconds = 0.0
    wrong = {}
    for path in _files(*NEGATIVES):
        speech = _read(path)
        seconds += len(speech) / RATE_HZ
        found = list(_heard(detector, speech))
        if found:
            wrong[path.name] = found
    assert seconds > 600
    assert wrong == {}
