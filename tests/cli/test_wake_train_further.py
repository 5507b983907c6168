"""`marvin wake train --base`."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from marvin.cli.main import main
from tests.wake.checkpoints import write_checkpoint
from tests.workshop.wake_train.tiny import environment, train, use

TRAINED = (0, 3)
"""Exit codes of a finished training; the quality of a tiny model is a matter of chance."""


def test_finished_model_is_trained_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, environment(tmp_path))
    first, further, again = tmp_path / "first", tmp_path / "further", tmp_path / "again"
    assert train("gizmo", "--steps=3", "--out", first) in TRAINED
    given = ["wake", "train", "gizmo", "--base", str(first), "--clips=30", "--threads=1"]
    assert main([*given, "--steps=1", "--out", str(further)]) in TRAINED
    assert "seed\n1, from the model in `first`." in (further / "README.md").read_text()
    before, after = (
        load_file(folder / "model.safetensors")["classifier.dense.weight"]
        for folder in (first, further)
    )
    change = np.abs(after - before).max() / np.abs(before).max()
    assert 0 < change < 0.1, "a step away from it, not from elsewhere"
    capsys.readouterr()

    write_checkpoint(tmp_path / "many", ["a", "b", "c"])
    for base, problem in (
        (tmp_path / "no", "no such folder"),
        (tmp_path, "config.json"),
        (tmp_path / "many", "is not a model of `marvin wake train`"),
    ):
        assert main([*given, "--base", str(base), "--steps=1", "--out", str(again)]) == 1
        message = capsys.readouterr().err
        assert "--base" in message
        assert problem in message
