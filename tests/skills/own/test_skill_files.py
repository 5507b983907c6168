"""Which files are used, and which are refused because somebody else could have written them."""

import os
from pathlib import Path

import pytest

from marvin.config.tables import SkillsConfig
from marvin.skills.own.own_skills import load_own_skills
from marvin.skills.own.skill_files import read_sources, skills_folder

from .conftest import OwnFolder

GOOD = '[[skills.commands]]\nsentences = ["good"]\nsay = "Good."\n'
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def names(folder: OwnFolder) -> list[str]:
    return [source.path.name for source in read_sources(folder.path)]


def test_folder_is_beside_models_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert skills_folder() == Path("/somewhere/marvin/skills")


def test_no_folder_or_an_empty_one_is_no_problem(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        assert load_own_skills(path, SkillsConfig()).files == ()


def test_files_are_used_in_the_order_of_their_names(folder: OwnFolder) -> None:
    for name in ("b.toml", "a.toml", "größe 1.toml", "日本.toml", "_a.toml", ".a.toml", "a.toml~",
                 "a.txt", "a.pyc", "README.md"):  # fmt: skip
        folder.write(name, GOOD.replace("good", f"good {len(name)} {ord(name[0])}"))
    (folder.path / "__pycache__").mkdir()
    assert names(folder) == ["a.toml", "b.toml", "größe 1.toml", "日本.toml"]
    assert folder.problems() == []


def test_name_that_is_not_utf8(folder: OwnFolder) -> None:
    path = os.fsencode(folder.path) + b"/a\xff.py"
    try:
        with open(path, "w") as file:
            file.write("from marvin.skills.own import skill\n@skill('a')\ndef f(): return 'b'")
    except OSError:
        pytest.skip("this file system wants names in UTF-8")
    assert folder.problems() == []
    assert folder.call(os.fsdecode(b"a\xff.py")) == "b"


def test_odd_files(folder: OwnFolder) -> None:
    (folder.path / "a.py").mkdir()
    (folder.path / "b").mkdir()
    os.mkfifo(folder.path / "c.py")
    (folder.path / "d.toml").symlink_to(folder.path / "d.toml")
    (folder.path / "e.toml").symlink_to("/no/such/file")
    (folder.path / "f.toml").write_bytes(b'say = "\xff"')
    (folder.path / "g.toml").write_bytes(b"#" * (1 << 21))
    (folder.path / "h.toml").symlink_to("/dev/zero")
    assert folder.problems() == [
        "a.py: is a folder; each skill is one file",
        "b: is a folder; each skill is one file",
        "c.py: cannot be read: is a pipe, not a file",
        "d.toml: cannot be read: it is a link to itself",
        "e.toml: cannot be read: No such file or directory",
        "f.toml: not a text file in UTF-8",
        "g.toml: cannot be read: larger than 1 MB",
        "h.toml: cannot be read: is a device, not a file",
    ]


def test_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "skills").write_text("")
    own = load_own_skills(tmp_path / "skills", SkillsConfig())
    assert own.problems == [f"{tmp_path}/skills: cannot be read: Not a directory"]


def test_file_that_others_can_change_is_refused(folder: OwnFolder) -> None:
    file = folder.write("a b.toml", GOOD)
    file.chmod(0o646)
    assert folder.load().problems == [
        f"{file}: {file} can be changed by everybody: `chmod go-w '{file}'`"
    ]
    file.chmod(0o644)
    assert folder.load().problems == []


def test_folder_that_others_can_change_is_refused(folder: OwnFolder) -> None:
    folder.path.chmod(0o757)
    assert folder.load().problems == [], "it is empty"
    folder.write("a.toml", GOOD)
    for path in (folder.path, folder.path.parent):
        path.chmod(0o757)
        assert folder.load().problems == [
            f"{folder.path}: {path} can be changed by everybody: `chmod go-w {path}`"
        ]
        path.chmod(0o755)
    assert folder.load().problems == []


def test_link_to_a_folder_that_others_can_change_is_refused(
    folder: OwnFolder, tmp_path: Path
) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    place.chmod(0o777)
    (place / "a.toml").write_text(GOOD)
    (folder.path / "a.toml").symlink_to(place / "a.toml")
    assert folder.load().problems == [
        f"{folder.path}/a.toml: {place} can be changed by everybody: `chmod go-w {place}`"
    ]
    place.chmod(0o755)
    assert folder.load().problems == []


@needs_root
def test_group_of_several_users_may_not_write(folder: OwnFolder) -> None:
    file = folder.write("a.toml", GOOD)
    file.chmod(0o664)
    assert folder.load().problems == [], "the user's own group"
    os.chown(file, -1, 12345)
    assert "can be changed by its group: `chmod go-w" in folder.load().problems[0]


@needs_root
def test_file_of_another_user_is_refused(folder: OwnFolder) -> None:
    file = folder.write("a.toml", GOOD)
    os.chown(file, 12345, -1)
    assert folder.load().problems == [
        f"{file}: {file} belongs to another user, who could change what Marvin runs: "
        f"`sudo chown $USER {file}`"
    ]


@needs_root
def test_sandbox_in_which_root_has_another_number(folder: OwnFolder) -> None:
    file = folder.write("a.toml", GOOD)
    os.chown(folder.path.parent, 12345, -1)
    assert "belongs to another user" in read_sources(folder.path)[0].problem
    assert read_sources(folder.path, root=12345)[0].problem == ""
    os.chown(file, 12345, -1)
    assert "belongs to another user" in read_sources(folder.path, root=12345)[0].problem
