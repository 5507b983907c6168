"""Files are replaced as a whole or not at all."""

from pathlib import Path

import pytest

from marvin.boundary.files import replace_file


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_file_is_replaced_with_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "kept.json"
    path.write_text("a longer text from before")
    replace_file(path, b"new", mode)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_replaced_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]
