"""`marvin eval qa` as users see it."""

import json
import shutil
from pathlib import Path

import pytest

from marvin.cli.main import main
from tests.checkpoints.short_windows import make_short_windows
from tests.paths import SAMPLES

pytest.importorskip("soundfile")

pytestmark = pytest.mark.usefixtures("home_of_its_own")

_SAMPLE = "what_time_is_it.wav"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_short_windows(tmp_path_factory.mktemp("audio-flamingo"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copy(SAMPLES / _SAMPLE, tmp_path)
    row = {"audio": _SAMPLE, "question": "What is asked for?", "answer": "the time"}
    rows = [row | {"category": category} for category in ("clock", "[/bold]", "clock")]
    lines = [json.dumps(one) for one in rows] + [json.dumps(row | {"audio": "gone.wav"})]
    (tmp_path / "data.jsonl").write_text("\n".join(lines))
    return tmp_path


def test_figures_by_category(model: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["eval", "qa", "--model", str(model), "--data", str(data), "--skip-bad"]
    assert main([*command, "--tokens", "2", "--batch", "2", "--json"]) == 0
    out, err = capsys.readouterr()
    card = json.loads(out)
    counts = {score["group"]: score["of"] for score in card["scores"]}
    assert counts == {"all": 3, "[/bold]": 1, "clock": 2}
    assert card["scores"][0]["value"]["low"] == 0.0
    # Wilson's upper limit for 0 of 3.
    assert card["scores"][0]["value"]["high"] == pytest.approx(0.5615, abs=1e-4)
    assert [one["expected"] for one in card["mistakes"]] == ["the time"] * 3
    assert "gone.wav does not exist" in card["skipped"][0]
    assert "skipped: " in err
    assert "answering: 3 of 3" in err

    assert main([*command, "--tokens", "2", "--limit", "1"]) == 0
    out = capsys.readouterr().out
    assert "all" in out
    assert "0.0 - 79.3" in out
    assert "1 left out" in out
    assert "not 'the time'" in out


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ([], 1, "gone.wav does not exist. Or leave out such examples with --skip-bad"),
        (["--skip-bad", "--columns", "answers"], 78, "expected KEY=NAME"),
        (["--skip-bad", "--columns", "answer=says"], 1, "no column 'says'"),
        (["--skip-bad", "--device", "cuda:7"], 1, "--device cuda:7"),
    ],
)
def test_bad_input(
    model: Path,
    data: Path,
    options: list[str],
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["eval", "qa", "--model", str(model), "--data", str(data), *options]
    assert main(command) == code
    assert told in capsys.readouterr().err


def test_a_model_that_hears_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    command = ["eval", "qa", "--model", str(folder), "--data", str(data), "--skip-bad"]
    assert main(command) == 1
    assert "model_type 'llama', not 'voxtral' or 'audioflamingo3'" in capsys.readouterr().err
