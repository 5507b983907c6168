"""`marvin run` with a tiny audio language model that knows two spoken words."""

from pathlib import Path

import numpy as np
import pytest

from marvin.types import RATE_HZ, Samples
from tests.checkpoints.spoken_audio_llm import make_answering
from tests.checkpoints.spoken_whisper import say
from tests.paths import SAMPLES
from tests.test_run import TURN, whole_run

ANSWERS = {"yes": "You agree.", "no": "You do not."}
_WAKE_WORD = slice(round(0.9 * RATE_HZ), round(1.3 * RATE_HZ))
"""In the sample."""
_LEVEL = np.float32(0.3)


def called(word: str) -> Samples:
    """The wake word, and a word."""
    import soundfile

    wake_word, _ = soundfile.read(SAMPLES / "what_time_is_it.wav", dtype="float32")
    clip = say((word,))[word].samples * _LEVEL
    return np.concatenate([wake_word[_WAKE_WORD], clip])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = {answer: called(word) for word, answer in ANSWERS.items()}
    return make_answering(tmp_path_factory.mktemp("hearing"), answers)


@pytest.mark.parametrize("word", ANSWERS)
def test_a_spoken_word_is_heard(model: Path, word: str, tmp_path: Path) -> None:
    import soundfile

    # As some phones record it.
    quiet = np.random.default_rng(2).normal(0, 1e-3, 3 * RATE_HZ).astype(np.float32)
    recording = np.concatenate([quiet, called(word), quiet])
    stereo = np.repeat(recording, 3)[:, None].repeat(2, axis=1)
    soundfile.write(tmp_path / "said.wav", stereo, 3 * RATE_HZ)
    config = (
        f'[llm]\nengine = "audio_flamingo"\nmodel = "{model}"\ntranscript = "none"\n'
        'system_prompt = ""\nmax_tokens = 20\n'
    )
    run = whole_run(tmp_path, "--input", str(tmp_path / "said.wav"), config=config)
    assert run.states() == TURN
    assert run.texts("replied") == [ANSWERS[word]]
