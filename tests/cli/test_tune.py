"""`marvin tune` as users see it."""

import json
import shutil
from pathlib import Path

import pytest

from marvin.cli.main import main
from tests.checkpoints.short_windows import make_short_windows
from tests.paths import SAMPLES

pytestmark = pytest.mark.usefixtures("home_of_its_own")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    folder.mkdir()
    shutil.copy(SAMPLES / "arithmetic.wav", folder)
    row = {"audio": "arithmetic.wav", "captions": ["somebody counts", "a sum"]}
    (folder / "data.jsonl").write_text(f"{json.dumps(row)}\n" * 5)
    return folder


def test_a_training_from_begin_to_end(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("peft", "accelerate", "sacrebleu"):
        pytest.importorskip(package)
    model, out = make_short_windows(tmp_path / "model"), tmp_path / "out"
    command = ["tune", "audio-llm", "--model", str(model), "--data", str(data), "--out", str(out)]
    command += ["--task", "caption", "--held-out", "2", "--max-steps", "1", "--batch", "1"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "for 1 steps of 4 examples, on cpu float32" in told
    assert "step 0: chrF" in told
    assert "step 1: chrF" in told
    assert "training: 1 of 1" in told
    card = (out / "README.md").read_text()
    assert "| step | chrF | loss |\n|---|---|---|\n| 0 |" in card
    assert str(tmp_path) not in card
    assert (out / "tokenizer.json").is_file()

    assert main(command) == 0
    assert "already holds a finished adapter" in capsys.readouterr().out
    assert main([*command, "--rank", "3"]) == 1
    assert "has a training with another --rank" in capsys.readouterr().err


def test_an_adapter_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "merge", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "is no adapter: name a folder of `marvin tune audio-llm`" in capsys.readouterr().err
