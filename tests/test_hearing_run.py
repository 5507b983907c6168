"""`marvin run` with a tiny audio language model that knows two spoken words."""

import json
from pathlib import Path

import numpy as np
import pytest

from marvin.cli.main import main
from marvin.types import RATE_HZ, Samples
from tests.checkpoints.spoken_audio_llm import make_answering
from tests.checkpoints.spoken_whisper import say
from tests.paths import SAMPLES

ANSWERS = {"yes": "Yes, you agree.", "no": "No, you do not."}
_WAKE_WORD = slice(round(0.9 * RATE_HZ), round(1.3 * RATE_HZ))
"""In the sample."""
_LEVEL = np.float32(0.3)


def called(word: str) -> Samples:
    """The wake word, and a word."""
    import soundfile

    wake_word, _ = soundfile.read(SAMPLES / "what_time_is_it.wav", dtype="float32")
    clip = say((word,))[word].samples * _LEVEL
    return np.concatenate([wake_word[_WAKE_WORD], clip])


def test_spoken_words_are_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import soundfile

    model = make_answering(
        tmp_path / "model", {answer: called(word) for word, answer in ANSWERS.items()}
    )
    quiet = np.random.default_rng(2).normal(0, 1e-3, 2 * RATE_HZ).astype(np.float32)
    words = ["no", "yes"]
    recording = np.concatenate([quiet, *(np.append(called(word), quiet) for word in words)])
    # In stereo at 48 kHz, as some phones record.
    stereo = np.repeat(recording, 3)[:, None].repeat(2, axis=1)
    soundfile.write(tmp_path / "said.wav", stereo, 3 * RATE_HZ)
    config = tmp_path / "models.toml"
    config.write_text(
        f'[llm]\nengine = "audio_flamingo"\nmodel = "{model}"\ndevice = "cpu"\n'
        'transcript = "none"\nsystem_prompt = ""\nforget_s = 0.0\nmax_tokens = 20\n'
        f'[skills]\nstate_dir = "{tmp_path}"\n'
    )
    files = ["--input", str(tmp_path / "said.wav"), "--output", str(tmp_path / "reply.wav")]
    assert main(["run", "--json", "--config", str(config), *files]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    replies = [one["text"] for one in events if one["event"] == "replied"]
    assert replies == [ANSWERS[word] for word in words]
    outcomes = [one["outcome"] for one in events if one["event"] == "turn_finished"]
    assert outcomes == ["answered"] * 2
