"""Writing one value into the user's models.toml, leaving the rest of the file alone."""

import errno
import os
from pathlib import Path

import pytest

from marvin.config import load_config
from marvin.config.loading import shipped_path
from marvin.config.writing import target, write_value
from marvin.errors import ConfigError

KEY = ("wake", "threshold")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "models.toml"


def written(file: Path, text: str, profile: str = "embedded") -> str:
    file.write_bytes(text.encode())
    write_value(file, KEY, 0.62, profile)
    assert load_config(file, profile=profile).config.ast().threshold == 0.62
    assert [entry.name for entry in file.parent.iterdir()] == [file.name], (
        "no temporary file is left"
    )
    return file.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '# mine\n[wake]\nthreshold = 0.5   # was 0.4\nlabel = "marvin"\n',
            '# mine\n[wake]\nthreshold = 0.62   # was 0.4\nlabel = "marvin"\n',
            id="the value is replaced and its comment kept",
        ),
        pytest.param(
            '[wake]\nlabel = "marvin"  # him\n\n# Below: sound\n[audio]\nvolume = 0.5\n',
            '[wake]\nlabel = "marvin"  # him\nthreshold = 0.62\n\n# Below: sound\n[audio]\n'
            "volume = 0.5\n",
            id="a new key does not go between a comment and its table",
        ),
        pytest.param(
            "[audio]\nvolume = 0.5\n",
            "[audio]\nvolume = 0.5\n\n[wake]\nthreshold = 0.62\n",
            id="a new table goes to the end",
        ),
        pytest.param(
            'wake.label = "marvin"\n\n[audio]\nvolume = 0.5\n',
            'wake.label = "marvin"\nwake.threshold = 0.62\n\n[audio]\nvolume = 0.5\n',
            id="dotted keys stay dotted",
        ),
        pytest.param(
            "[wake]\r\nthreshold = 0.5\r\n[audio]\r\nvolume = 0.5\r\n",
            "[wake]\r\nthreshold = 0.62\r\n[audio]\r\nvolume = 0.5\r\n",
            id="Windows line endings are kept",
        ),
        pytest.param("", "[wake]\nthreshold = 0.62\n", id="an empty file"),
    ],
)
def test_rest_of_the_file_is_unchanged(file: Path, before: str, after: str) -> None:
    assert written(file, before) == after


def test_profile_that_sets_the_value_itself_gets_it(file: Path) -> None:
    text = "[wake]\nthreshold = 0.4\n\n[profiles.mine.wake]\nthreshold = 0.5 # loud room\n"
    after = written(file, text, profile="mine")
    assert after == text.replace("0.5 #", "0.62 #")


def test_value_of_another_profile_is_not_changed(file: Path) -> None:
    text = "[profiles.mine.wake]\nthreshold = 0.5\n"
    assert written(file, text) == text + "\n[wake]\nthreshold = 0.62\n"


def test_inline_table_stays_inline(file: Path) -> None:
    assert written(file, 'wake = { label = "marvin" }\n').count("\n") == 1


def test_missing_file_is_created_with_only_this_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    write_value(target(), KEY, 0.62, "embedded")
    assert (tmp_path / "new/marvin/models.toml").read_text() == "[wake]\nthreshold = 0.62\n"
    assert load_config().config.ast().threshold == 0.62


def test_file_from_the_environment_is_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARVIN_CONFIG", str(file))
    assert target() == file
    assert target(Path("other.toml")) == Path("other.toml")


def test_shipped_file_is_never_written() -> None:
    with pytest.raises(ConfigError, match="is shipped with Marvin"):
        target(shipped_path())


def test_permissions_and_symbolic_links_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("[wake]\n")
    real.chmod(0o640)
    link = tmp_path / "models.toml"
    link.symlink_to(real)
    write_value(link, KEY, 0.62, "embedded")
    assert link.is_symlink()
    assert real.read_text() == "[wake]\nthreshold = 0.62\n"
    assert real.stat().st_mode & 0o777 == 0o640


def assert_unchanged(file: Path, match: str) -> None:
    before = file.read_bytes()
    with pytest.raises(ConfigError, match=match):
        write_value(file, KEY, 0.62, "embedded")
    assert file.read_bytes() == before
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_read_only_file_is_left_alone(file: Path) -> None:
    file.write_text("[wake]\n")
    file.chmod(0o444)
    assert_unchanged(file, "is read-only")


def test_full_disk_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file.write_text("[wake]\nthreshold = 0.5\n")
    monkeypatch.setattr(os, "fsync", full)
    assert_unchanged(file, "No space left on device; it is as it was")


def test_file_that_is_no_longer_toml_is_left_alone(file: Path) -> None:
    file.write_text("[wake\n")
    assert_unchanged(file, "not TOML")


def test_file_that_has_become_invalid_is_left_alone(file: Path) -> None:
    file.write_text("[wake]\ntreshold = 0.5\n")
    assert_unchanged(file, f"^{file}: wake.treshold")


def test_invalid_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "marvin").write_text("")
    with pytest.raises(ConfigError, match="cannot be"):
        write_value(tmp_path / "marvin" / "models.toml", KEY, 0.62, "embedded")
