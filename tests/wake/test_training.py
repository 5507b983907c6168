"""The training runs from synthesised speech to a folder that the detector loads."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from marvin.config.tables import AstConfig
from marvin.errors import ModelLoadError
from marvin.types import AudioChunk
from marvin.wake.ast_classifier import AstWakeWordDetector
from marvin.wake.training import texts
from marvin.wake.training.__main__ import main
from marvin.wake.training.augment import Sounds, WindowMaker
from marvin.wake.training.corpus import Clip, Corpus, speaker_number

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="the program espeak-ng is not installed"
)
ONLY_ESPEAK = {"espeak-ng": "espeak-ng"}
TINY = ["--clips=45", "--hidden=16", "--layers=1", "--mel-bins=16", "--batch=4", "--workers=1"]


def _noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(samples).astype(np.float32) * 0.1


@needs_espeak
def test_a_training_of_a_few_steps_ends_in_a_model_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import soundfile

    # The other synthesisers start slowly and add nothing here.
    monkeypatch.setattr(shutil, "which", ONLY_ESPEAK.get)
    (tmp_path / "speech").mkdir()
    for speaker in (1, 2):
        soundfile.write(tmp_path / "speech" / f"{speaker}-0-0.wav", _noise(48_000, speaker), 16_000)
    out = tmp_path / "model"
    arguments = ["--phrase", "computer", "--out", str(out), "--cache", str(tmp_path / "cache")]
    arguments += ["--negatives", str(tmp_path / "speech"), *TINY]
    assert main([*arguments, "--steps", "2", "--evaluate-every", "1"]) == 0
    assert "evaluation: " in capsys.readouterr().out
    assert main([*arguments, "--steps", "3"]) == 0
    assert "taken up again at step 2" in capsys.readouterr().out
    assert "computer" in (out / "README.md").read_text()

    config = AstConfig(model=str(out), label="computer", threshold=0.0, smoothing=1, verify=False)
    detector = AstWakeWordDetector.load(config)
    assert detector.process(AudioChunk(_noise(32_000)), voice=True) is not None


def test_without_a_synthesiser_the_training_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", {}.get)
    assert main(["--phrase", "marvin", "--out", str(tmp_path)]) == ModelLoadError.exit_code
    assert "apt-get install espeak-ng" in capsys.readouterr().err


def test_a_missing_folder_of_recordings_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--phrase", "marvin", "--out", str(tmp_path), "--noise", str(tmp_path / "none")]
    assert main(arguments) == ModelLoadError.exit_code
    assert "none: no such folder" in capsys.readouterr().err


def test_windows_are_the_same_for_the_same_seed() -> None:
    speech = _noise(24_000)
    corpus = Corpus([Clip(speech, 4_000, 14_000)], [Clip(speech)], [Clip(speech)])
    words = [Clip(_noise(9_000), word=3)]
    batches = []
    for _ in range(2):
        rng = np.random.default_rng([1, 2])
        sounds = Sounds(speech=[_noise(60_000)], noise=[_noise(5_000)], rooms=[_noise(800)])
        batches.append(WindowMaker(corpus, sounds, 19_200, rng, words).batch(30))
    (windows, labels, _), (again, _, _) = batches
    assert windows.shape == (40, 19_200)
    assert windows.dtype == np.float32
    assert np.array_equal(windows, again)
    assert set(labels[:30, 0]) == {0, 1}
    assert labels[30:].tolist() == [[0, 3]] * 10
    assert float(np.abs(windows).max()) <= 1.01


def test_near_misses_hold_neither_the_phrase_nor_its_plural() -> None:
    words = [word.lower() for word in texts.near_misses("marvin")]
    assert {"martin", "marvel", "carving", "starving"} <= set(words)
    assert not {"marvin", "marvin's", "marvins"} & set(words)


def test_recordings_of_one_speaker_stay_in_one_half() -> None:
    assert speaker_number(Path("84-121123-0000.flac")) == speaker_number(Path("84-9-1.flac")) == 84
    assert speaker_number(Path("tap.wav")) == speaker_number(Path("other/tap.flac"))
