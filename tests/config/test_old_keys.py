"""A models.toml of the previous version, whose keys have since moved to another table."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from marvin.config import load_config
from marvin.config.explain import explain
from marvin.config.tables import TurnConfig
from marvin.config.vad import WebrtcVadConfig
from marvin.config.writing import write_value
from marvin.errors import ConfigError
from tests.paths import SAMPLES

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


def test_every_old_vad_key_is_still_understood(write: Write) -> None:
    moved = TurnConfig(
        start_probability=0.7,
        stop_probability=0.2,
        margin_db=8.0,
        min_speech_s=0.1,
        silence_s=0.9,
        complete_share=0.5,
        unfinished_share=2.0,
        resume_s=0.4,
        no_speech_s=7.0,
        max_s=20.0,
    )
    keys = moved.model_dump(exclude_unset=True)
    lines = "\n".join(f"{key} = {value}" for key, value in keys.items())
    loaded = load_config(write(f"[vad]\naggressiveness = 3\n{lines}\n"))
    assert loaded.config.turn == moved
    assert loaded.config.vad == WebrtcVadConfig(aggressiveness=3)
    assert len(loaded.notices) == len(keys)


def test_user_is_told_the_new_name(write: Write) -> None:
    path = write("[vad]\nsilence_s = 0.9\n")
    loaded = load_config(path)
    notice = f"{path}: vad.silence_s is now turn.silence_s (the next version needs the new name)"
    assert loaded.notices == (notice,)
    shown = explain(loaded).splitlines()
    assert shown.count(f"# {notice}") == 1
    (line,) = [line for line in shown if line.startswith("silence_s = ")]
    assert line == f"{'silence_s = 0.9':<48}  # {path}"
    assert load_config(write("[turn]\nsilence_s = 0.9\n")).notices == ()


def test_marvin_run_reports_it_once(write: Write, tmp_path: Path) -> None:
    path = write("[vad]\nsilence_s = 0.9\n")
    files = ["--input", str(SAMPLES / "not_for_me.wav"), "--output", str(tmp_path / "reply.wav")]
    shown = subprocess.run(
        [sys.executable, "-m", "marvin", "run", "--config", str(path), *files],
        capture_output=True,
        check=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert shown.stdout.count("vad.silence_s is now turn.silence_s") == 1
    assert shown.stderr == ""


def test_user_s_profile_may_have_old_keys_too(write: Write) -> None:
    path = write("""
        [turn]
        silence_s = 0.5
        [profiles.slow.vad]
        silence_s = 1.5
    """)
    assert load_config(path, profile="embedded").config.turn.silence_s == 0.5
    slow = load_config(path, profile="slow")
    assert slow.config.turn.silence_s == 1.5
    assert "profiles.slow.vad.silence_s is now profiles.slow.turn.silence_s" in slow.notices[0]


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    return str(raised.value).replace(str(path), "FILE").splitlines()


def test_old_and_new_key_together_are_a_problem(write: Write) -> None:
    assert problems(write("[vad]\nmax_s = 20.0\n[turn]\nmax_s = 30.0\n")) == [
        "FILE: vad.max_s: is now turn.max_s, and both are set: remove vad.max_s"
    ]


def test_wrong_value_of_an_old_key_is_reported_under_both_names(write: Write) -> None:
    assert problems(write('[vad]\nmax_s = "long"\n')) == [
        "FILE: turn.max_s: 'long' should be a number",
        "FILE: vad.max_s is now turn.max_s (the next version needs the new name)",
    ]


@pytest.mark.parametrize("text", ["vad = 3\n", "turn = 3\n[vad]\nmax_s = 9.0\n", "profiles = 3\n"])
def test_value_in_place_of_a_table_is_a_problem_and_not_a_crash(write: Write, text: str) -> None:
    name = text.partition(" ")[0]
    assert any(line.startswith(f"FILE: {name}: 3 should be") for line in problems(write(text)))


def test_calibration_writes_its_value_and_leaves_old_keys_alone(write: Write) -> None:
    path = write("[vad]\nsilence_s = 0.9  # mine\n")
    write_value(path, ("wake", "threshold"), 0.62, "embedded")
    assert path.read_text() == "[vad]\nsilence_s = 0.9  # mine\n\n[wake]\nthreshold = 0.62\n"
