"""`marvin skills`: lists, tests and makes skills."""

import json
import os
import stat
from pathlib import Path

import pytest

from marvin.cli.main import main

GARDEN = """from marvin.skills.own import skill

@skill("(water|feed) the {plant}", lists={"plant": ["fern", "cactus"]})
def water(plant):
    print("printed")
    return f"I watered the **{plant}**."

@skill("break it")
def break_it():
    return 1 / 0

def test_water():
    assert water("fern") == "I watered the **fern**."
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, which is not there yet."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    return tmp_path / "XDG_CONFIG_HOME" / "marvin" / "skills"


@pytest.fixture
def garden(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "garden.py").write_text(GARDEN)
    (folder.parent / "models.toml").write_text(
        '[skills]\ndisabled = ["units", "smalltalk"]\n\n[skills.lists]\nlamp = ["desk lamp"]\n\n'
        '[[skills.commands]]\nsentences = ["dim the {lamp}"]\nrun = ["lampctl", "{lamp}"]\n'
        '[[skills.commands]]\nsentences = ["find the {lamp}"]\nsay = "The {lamp} is here."\n'
    )
    return folder


@pytest.mark.parametrize("command", ["list", "test", "new"])
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["skills", command, "--help"])
    assert raised.value.code == 0
    assert f"example:\n  marvin skills {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("skills nwe", "unknown command 'nwe' (did you mean 'new'?)"),
        ("skils", "unknown command 'skils' (did you mean 'skills'?)"),
        ("skills test --rnu a", "unknown option --rnu (did you mean --run?)"),
    ],
)
def test_mistyped_names(words: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words.split())
    assert message in capsys.readouterr().err


def test_list(garden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (garden / "bad.toml").write_text("[skills")
    assert main(["skills", "list"]) == 0
    shown = capsys.readouterr()
    rows = {line.split("  ")[0]: line for line in shown.out.splitlines()}
    assert '"water the fern", "break it"' in rows["garden.py"]
    assert f"{garden}/garden.py" in rows["garden.py"]
    assert rows["bad.toml"].split()[-2:] == ["not", "used"]
    assert '"dim the desk lamp"' in rows["commands"]
    assert "built in, disabled" in rows["units"]
    assert '"what time is it"' in rows["time"]
    assert f"{garden}/bad.toml:1: not TOML" in shown.err
    assert main(["skills", "list", "--json"]) == 0
    listed = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed["garden.py"]["examples"] == ["water the fern", "break it"]
    assert listed["bad.toml"]["problems"][0].startswith(f"{garden}/bad.toml:1: ")


@pytest.mark.parametrize(
    ("sentence", "code", "lines"),
    [
        ("Marvin, water the cactus!", 0, ["{}/garden.py:3", "water(plant='cactus')"]),
        ("dim the desk lamp", 0, ["models.toml: skills.commands[0]", "runs lampctl 'desk lamp'"]),
        ("find the desk lamp", 0, ["models.toml: skills.commands[1]",
                                   'says "The desk lamp is here."']),
        ("what is two plus three", 0, ["built-in skill arithmetic"]),
        ("blah blah", 1, ['no skill understands "blah blah": `marvin skills list` has examples']),
        ("turn on the oven", 1, ['no skill understands "turn on the oven", and Marvin says that it '
                                 "cannot do it: `marvin skills list` has examples"]),
    ],
)  # fmt: skip
def test_which_skill_answers(
    garden: Path, capsys: pytest.CaptureFixture[str], sentence: str, code: int, lines: list[str]
) -> None:
    assert main(["skills", "test", *sentence.split()]) == code
    out = capsys.readouterr().out.splitlines()
    assert out[: len(lines)] == [line.format(garden) for line in lines]
    if code == 0:
        assert out[-1].startswith("not run: `marvin skills test --run ")


def test_run(garden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["skills", "test", "--run", "water the fern"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "answers: I watered the fern."
    assert "garden.py: printed" in shown.err
    assert main(["skills", "test", "--run", "break it"]) == 1
    shown = capsys.readouterr()
    assert f"{garden}/garden.py:10: break_it() failed: ZeroDivisionError" in shown.err
    assert "marvin: That skill failed." in shown.err
    assert main(["skills", "test", "--run", "set the volume to fifty percent"]) == 0
    assert "answers: (volume 50%)" in capsys.readouterr().out


def test_all_files_are_tested(garden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["skills", "test"]) == 0
    assert capsys.readouterr().out == "garden.py: ok\n"
    (garden / "a.py").write_text(
        GARDEN.replace(
            "def test_water():\n    assert", "def test_water():\n    assert not"
        ).replace("break", "mend")
    )
    (garden / "b.toml").write_text("")
    assert main(["skills", "test"]) == 1
    shown = capsys.readouterr()
    assert shown.out == "a.py: failed\nb.toml: failed\ngarden.py: failed\n"
    assert f"{garden}/a.py:13: test_water() failed: AssertionError" in shown.err
    assert f'{garden}/garden.py: the example "water the fern" is understood by a.py' in shown.err
    assert f"{garden}/b.toml:1: skills: is missing" in shown.err


def test_new_skill_passes_its_test_and_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = os.umask(0)
    try:
        assert main(["skills", "new", "my-garden"]) == 0
    finally:
        os.umask(before)
    out = capsys.readouterr().out
    assert out.startswith(f"wrote {folder}/my-garden.py\nNext: ")
    file = folder / "my-garden.py"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    text = file.read_text()
    assert main(["skills", "new", "my-garden.py"]) == 1
    assert "already exists: choose another name" in capsys.readouterr().err
    assert file.read_text() == text
    folder.parent.chmod(0o755)
    folder.parent.parent.chmod(0o755)
    assert main(["skills", "test"]) == 0
    assert capsys.readouterr().out == "my-garden.py: ok\n"
    assert main(["skills", "test", "ask my garden about the fern", "--run"]) == 0
    assert "answers: The fern is fine." in capsys.readouterr().out


@pytest.mark.parametrize("name", ["../x", "_x", ".x", "", "a b", "a/b", "x.toml", "-" * 80, "ä"])
def test_new_skill_needs_a_plain_name(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["skills", "new", "--", name]) == 1
    assert "is not a valid name for a skill" in capsys.readouterr().err
    assert not folder.exists()


def test_no_skills_of_ones_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["skills", "test"]) == 0
    assert capsys.readouterr().out == (
        f"{folder} has no skills: `marvin skills new NAME` writes one\n"
    )
    folder.parent.mkdir(parents=True)
    folder.write_text("")
    assert main(["skills", "new", "garden"]) == 1
    assert f"{folder} already exists" in capsys.readouterr().err
