"""The model's folder, its initial weights, and its proposed threshold."""

import errno
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from marvin.errors import TrainingError
from marvin.wake.ast.features import FeatureSettings
from marvin.workshop.wake_train import voices
from marvin.workshop.wake_train.augment import Sounds
from marvin.workshop.wake_train.card import proposal
from marvin.workshop.wake_train.corpus import Corpus
from marvin.workshop.wake_train.folder import Proof, proposed, write_folder
from marvin.workshop.wake_train.recipe import build_model
from marvin.workshop.wake_train.train import Trainer
from marvin.workshop.wake_train.training_windows import Windows
from tests.paths import ROOT
from tests.workshop.wake_train.tiny import TINY

SETTINGS = FeatureSettings(num_mel_bins=16, max_length=118, mean=0.0, std=1.0)


def test_full_disk_is_an_error_with_a_number(tmp_path: Path) -> None:
    program = (
        "import resource, sys, tests.workshop.wake_train.test_folder as t\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "t.write_until_full(sys.argv[1])\n"
    )
    out = tmp_path / "model"
    command = [sys.executable, "-c", program, str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(errno.EFBIG), done.stderr
    assert list(tmp_path.iterdir()) == []


def write_until_full(out: str) -> None:
    """Run in a process with a limit; prints the error's number."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 4096
    try:
        write_folder(Path(out), build_model(TINY(phrase="gizmo")), SETTINGS)
    except OSError as error:
        sys.stdout.write(str(error.errno))


def test_base_model_of_another_size_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "base", build_model(TINY(phrase="gizmo", hidden=32)), SETTINGS)
    recipe = TINY(phrase="gizmo")
    windows = Windows(recipe, Corpus([], [], []), Sounds())
    trainer = Trainer(recipe, windows, SETTINGS, tmp_path / "state.pt")
    with pytest.raises(TrainingError, match="base has a different size"):
        trainer.start_from(tmp_path / "base")


@pytest.mark.parametrize(
    ("loudest", "threshold", "why"),
    [
        (None, 0.5, "There was no real speech to test"),
        (0.2, 0.5, "no held-out speech wakes it"),
        (0.7, 0.72, "no held-out speech wakes it"),
        (0.89, 0.9, "no held-out speech wakes it"),
        (0.9, 0.9, "Some of the held-out speech still wakes it"),
        (0.97, 0.9, "Some of the held-out speech still wakes it"),
    ],
)
def test_model_card_describes_the_proposed_threshold(
    loudest: float | None, threshold: float, why: str
) -> None:
    assert proposed(loudest) == threshold
    assert why in proposal(Proof(0, threshold, loudest))


def test_hanging_synthesiser_gives_no_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "_LONGEST_S", 0.05)
    assert voices._run(["sleep", "60"]) == b""
