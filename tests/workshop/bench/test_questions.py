"""The recorded questions, and where the speech in them ends."""

import wave
from pathlib import Path

import numpy as np
import pytest

from marvin.audio.wavwriter import WavWriter
from marvin.errors import AudioFileError
from marvin.types import RATE_HZ, Samples
from marvin.workshop.bench.questions import (
    after_wake_word,
    quietest,
    recorded_question,
    speech_end,
    synthetic_questions,
)
from tests.paths import SAMPLES


def noise(seconds: float, dbfs: float) -> Samples:
    random = np.random.default_rng(1)
    return random.normal(0, 10 ** (dbfs / 20), round(seconds * RATE_HZ)).astype(np.float32)


def test_speech_ends_with_its_last_loud_frame() -> None:
    samples = np.concatenate((noise(1.0, -60), noise(1.5, -20), noise(2.0, -60)))
    assert speech_end(samples, "") == pytest.approx(2.5 * RATE_HZ, abs=RATE_HZ // 50)


def test_loud_room_is_not_taken_for_speech() -> None:
    samples = np.concatenate((noise(1.0, -35), noise(1.5, -14), noise(2.0, -35)))
    assert speech_end(samples, "") == pytest.approx(2.5 * RATE_HZ, abs=RATE_HZ // 50)


@pytest.mark.parametrize(
    "samples",
    [np.zeros(RATE_HZ, np.float32), noise(2.0, -50), np.zeros(10, np.float32)],
    ids=["silence", "even noise", "too short"],
)
def test_recording_without_speech_is_named(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "nobody.wav"
    writer = WavWriter(path, RATE_HZ)
    writer.open()
    writer.append(samples)
    writer.close()
    with pytest.raises(AudioFileError, match=r"nobody\.wav: contains no speech: record"):
        recorded_question(path)


def test_room_noise_of_a_recording_continues_after_it() -> None:
    path = SAMPLES / "what_time_is_it.wav"
    question = recorded_question(path)
    with wave.open(str(path)) as file:
        seconds = file.getnframes() / file.getframerate()
    assert len(question.samples) == pytest.approx((seconds + 2.0) * RATE_HZ, abs=2)
    assert question.speech_end < seconds * RATE_HZ
    after = question.samples[-RATE_HZ:]
    assert np.std(after) == pytest.approx(np.std(quietest(question.samples)), rel=0.3)


def test_wake_word_is_prepended_with_the_recording_s_room_noise() -> None:
    question = recorded_question(SAMPLES / "what_time_is_it.wav")
    (asked,) = after_wake_word("marvin", [question])
    before = len(asked.samples) - len(question.samples)
    assert before > 5 * RATE_HZ
    assert asked.speech_end == before + question.speech_end
    assert np.std(asked.samples[:RATE_HZ]) > 0.0


def test_requested_number_of_questions_of_each_kind() -> None:
    questions = synthetic_questions("marvin", 2, language_model=True)
    assert [one.for_language_model for one in questions] == [False, True, False, True]
    assert all(one.speech_end == len(one.samples) > RATE_HZ for one in questions)
    assert not any(
        one.for_language_model for one in synthetic_questions("marvin", 2, language_model=False)
    )
