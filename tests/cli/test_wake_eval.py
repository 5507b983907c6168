"""`marvin wake eval` as users see it: figures, a plot, and bad input of every kind."""

import json
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from marvin.cli.main import main
from marvin.types import RATE_HZ, Samples
from tests.paths import SAMPLES
from tests.wake.checkpoints import PREPROCESSOR, write_checkpoint

soundfile = pytest.importorskip("soundfile")


pytestmark = pytest.mark.usefixtures("home_of_its_own")


def _noise(seconds: float, seed: int = 0) -> Samples:
    noise = np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE_HZ))
    return np.asarray(noise, np.float32)


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """The samples that begin with the wake word, cut after it."""
    folder = tmp_path / "said"
    folder.mkdir()
    for name in ("set_a_timer", "what_time_is_it", "arithmetic"):
        speech, rate_hz = soundfile.read(SAMPLES / f"{name}.wav", dtype="float32")
        soundfile.write(folder / f"{name}.wav", speech[: round(1.6 * rate_hz)], rate_hz)
    return folder


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A recording without the wake word."""
    folder = tmp_path / "other" / "deeper"
    folder.mkdir(parents=True)
    shutil.copy(SAMPLES / "not_for_me.wav", folder)
    return folder.parent


@pytest.fixture
def random_model(tmp_path: Path) -> Path:
    """A model that takes everything for its only word."""
    return write_checkpoint(tmp_path / "random", ["other", "computer"], favourite="computer")


def test_whole_report(
    said: Path, other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "curve.png"
    code = main(
        ["wake", "eval", "--positives", str(said), "--negatives", str(other), "--snr", "20", "10",
         "--noise", str(other), "--curve", str(picture), "--set", "verify=false"]
    )  # fmt: skip
    out = capsys.readouterr().out
    assert code == 0
    assert (
        "marvin, label marvin, without the second look\n3 recordings of the word, 1 record" in out
    )
    assert re.search(r"0\.50 <- set  [01] of 3", out)
    assert "20 dB" in out
    assert "At most 0.5 false accepts per hour" in out
    assert "Delay: median" in out
    assert "CPU time per second" in out
    assert "3 recordings of the word prove little" in out
    assert "without the word prove little" in out
    assert max(map(len, out.replace(str(picture), "").splitlines())) <= 80
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000


def test_report_as_json(
    said: Path, other: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(
        ["wake", "eval", str(random_model), "--positives", str(said), "--negatives", str(other),
         "--set", "verify=false", "--set", "window_samples=20000", "--set", "refractory_s=0.5",
         "--json"]
    )  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    wake = found["wake"]
    assert (wake["label"], wake["window_samples"], wake["verify"]) == ("computer", 20_000, False)
    assert (found["positives"], found["configured"]["missed"], found["missed"]) == (3, 0, {})
    (heard,) = found["wrongly_heard"].values()
    assert len(heard) == found["configured"]["accepted"] > 1
    assert all(later["time_s"] - one["time_s"] > 0.49 for one, later in pairwise(heard))
    assert found["quiet_enough"] is None, "no threshold silences it"
    assert len(found["curve"]) > 90
    weights = random_model / "model.safetensors"
    assert weights.stat().st_size < found["model_bytes"] < weights.stat().st_size + 1e5


def test_misses_and_false_accepts_are_named(
    said: Path, other: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = [str(random_model), "--set", "verify=false"]
    silent = said / "silence [loud].wav"
    soundfile.write(silent, np.zeros(RATE_HZ, np.float32), RATE_HZ)
    assert main(["wake", "eval", *model, "--positives", str(said), "--negatives", str(other)]) == 0
    out = capsys.readouterr().out
    assert f"Missed at 0.50, best score first:\n  0.00  {silent}\n" in out
    assert "False accepts at 0.50" in out
    assert f"  {other / 'deeper' / 'not_for_me.wav'}\n" in out
    assert "No threshold reaches 0.5 false accepts per hour." in out


def test_positives_alone_and_negatives_alone_are_enough(
    said: Path, other: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = [str(random_model), "--set", "verify=false"]
    assert main(["wake", "eval", *model, "--positives", str(said)]) == 0
    out = capsys.readouterr().out
    assert "0 of 3" in out
    assert "an hour" not in out
    assert main(["wake", "eval", *model, "--negatives", str(other), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["configured"]["misses"] == {"estimate": None, "low": 0.0, "high": 1.0}
    assert found["delay_s"]["median"] is None


def test_files_of_any_rate_and_channel_count_are_read(
    tmp_path: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for rate_hz, channels in ((8_000, 1), (44_100, 2), (48_000, 3)):
        noise = np.random.default_rng(1).normal(0, 0.1, (rate_hz, channels))
        soundfile.write(tmp_path / f"{rate_hz}.wav", noise, rate_hz)
    files = sorted(str(path) for path in tmp_path.glob("*.wav"))
    model = [str(random_model), "--set", "verify=false"]
    assert main(["wake", "eval", *model, "--negatives", *files, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["negative_s"] == pytest.approx(3.0, abs=0.01)


def test_unreadable_files_are_named_and_left_out(
    said: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (said / "broken.wav").write_bytes(b"RIFF and nothing")
    (said / "empty.flac").touch()
    soundfile.write(said / "header.wav", np.zeros(0), RATE_HZ)
    soundfile.write(said / "long.wav", np.zeros(61 * RATE_HZ), RATE_HZ)
    (said / "notes.txt").write_text("not audio")
    model = [str(random_model), "--set", "verify=false"]
    assert main(["wake", "eval", *model, "--positives", str(said)]) == 0
    out, err = capsys.readouterr()
    assert "3 recordings of the word" in out
    assert "4 recordings could not be used" in out
    for name in ("broken.wav", "empty.flac", "header.wav", "long.wav is longer than 60 s"):
        assert f"skipped: {said / name}" in err
    assert "notes.txt" not in err


def test_folder_without_readable_files_is_an_error(
    tmp_path: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.wav").touch()
    model = [str(random_model), "--set", "verify=false"]
    assert main(["wake", "eval", *model, "--negatives", str(tmp_path)]) == 1
    assert "--negatives: none of the 1 recordings is usable" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no recordings: give recordings of the wake word (--positives DIR)"),
        (["--positives", "{empty}"], "--positives {empty}: no recordings in this folder"),
        (["--negatives", "{missing}"], "--negatives {missing}: no such file or folder"),
        (["--negatives", "{samples}", "--snr", "5"], "also give --positives"),
        (["--positives", "{samples}", "--noise", "{samples}"], "add --snr 10 5"),
        (["--negatives", "{samples}", "--rooms"], "--rooms plays the positives in rooms"),
        (["--positives", "{samples}", "--rooms", "{empty}"], "--rooms {empty}: no recordings"),
        (["--positives", "{samples}", "--curve", "c.png"], "needs both"),
        (
            ["--positives", "{samples}/arithmetic.wav", "--negatives", "{samples}"],
            "{samples}/arithmetic.wav: in both the positives and the negatives",
        ),
        (["--positives", "{samples}", "--set", "threshold"], "expected KEY=VALUE"),
        (
            ["--positives", "{samples}", "--set", "threshold=1.5"],
            "--set: wake.threshold: 1.5 should be less than or equal to 1",
        ),
        (
            ["--positives", "{samples}", "--set", "treshold=0.5"],
            "--set: wake.treshold: unknown key (did you mean 'threshold'?)",
        ),
        (["--positives", "{samples}", "--set", "threshold=0,5"], "should be a number"),
        (["{empty}", "--positives", "{samples}"], "cannot load config.json in {empty}"),
        (["./none", "--positives", "{samples}"], "wake.model = './none': there is no such folder"),
        (
            ["--positives", "{samples}", "--label", "marvn"],
            "has no such label (did you mean 'marvin'?)",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_reported_at_once(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    places = {
        "empty": tmp_path / "empty", "missing": tmp_path / "missing", "samples": SAMPLES
    }  # fmt: skip
    code = main(["wake", "eval", *(text.format(**places) for text in arguments)])
    out, err = capsys.readouterr()
    assert (code in (1, 78), out) == (True, "")
    assert message.format(**places) in err


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", None, "config.json"),
        ("model.safetensors", None, "cannot load model.safetensors"),
        ("preprocessor_config.json", None, "cannot load preprocessor_config.json"),
        (
            "preprocessor_config.json",
            json.dumps({**PREPROCESSOR, "sampling_rate": 8_000}),
            "preprocessor_config.json: ",
        ),
    ],
)
def test_incomplete_model_is_refused(
    file: str, content: str | None, message: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    model = write_checkpoint(tmp_path / "model", ["other", "computer"])
    if content is None:
        (model / file).unlink()
    else:
        (model / file).write_text(content)
    assert main(["wake", "eval", str(model), "--positives", str(SAMPLES)]) == 1
    err = capsys.readouterr().err
    assert f"wake.model = '{model}'" in err
    assert message in err


def test_model_without_our_word_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_checkpoint(tmp_path / "model", ["other", "yes", "no"])
    assert main(["wake", "eval", str(model), "--positives", str(SAMPLES)]) == 1
    assert "It has: no, other, yes" in capsys.readouterr().err


def test_missing_matplotlib_is_reported_before_the_long_run(
    said: Path, other: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    both = ["--positives", str(said), "--negatives", str(other)]
    assert main(["wake", "eval", "./no-model", *both, "--curve", "curve.png"]) == 1
    assert "pip install 'marvin-voice[wake]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "message"),
    [("curve.wav", "must end in .png"), ("no/such/folder/curve.png", "cannot be written")],
)
def test_unwritable_plot_is_reported(
    name: str, message: str, said: Path, other: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    pytest.importorskip("matplotlib")
    both = ["--positives", str(said), "--negatives", str(other)]
    assert main(["wake", "eval", "./no-model", *both, "--curve", str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("curve*"))


def test_silent_noise_cannot_be_mixed_in(
    said: Path, tmp_path: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(RATE_HZ), RATE_HZ)
    model = [str(random_model), "--set", "verify=false"]
    mix = ["--positives", str(said), "--snr", "5", "--noise", str(silence)]
    assert main(["wake", "eval", *model, *mix]) == 1
    assert "--noise: these recordings are unusable or silent" in capsys.readouterr().err
