"""Names are untrusted text."""

from pathlib import Path

import pytest

from marvin.backends.home_assistant.home_names import (
    MOST,
    HomeNames,
    read_names,
    save_names,
    usable,
)


def test_names_become_words_that_can_be_spoken() -> None:
    names = [
        "Kitchen light", "KITCHEN  LIGHT", "TV/Radio", "front\ndoor\x1b", "(lamp|{any_x})",
        "Bob\u2019s lamp", "kitchen_fan", "Lamp 2", "K\u00fcche", 7, None,
    ]  # fmt: skip
    assert usable(names) == (
        "Kitchen light", "TV Radio", "front door", "lamp any x", "Bob's lamp",
        "kitchen fan", "Lamp 2", "K\u00fcche",
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["", " ", "\n", "42", "xq7", "2nd lamp", "x" * 41, "one two three four five six", "\U0001f4a1"],
)
def test_name_that_cannot_be_spoken_is_left_out(name: str) -> None:
    assert usable([name]) == ()


def test_ten_thousand_devices_are_too_many() -> None:
    names = [f"lamp {number}" for number in range(10_000)]
    assert usable(names) == tuple(names[:MOST])


def test_names_are_kept_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "state" / "names.json"
    names = HomeNames(areas=("K\u00fcche",), things=("Lamp",), locks=("Door",))
    assert read_names(file) == HomeNames()
    save_names(file, names)
    assert read_names(file) == names


@pytest.mark.parametrize("text", ["", "[", "[]", "7", '{"areas": 7, "things": [[], "(a"], "x": 1}'])
def test_damaged_file_has_no_other_names(tmp_path: Path, text: str) -> None:
    file = tmp_path / "names.json"
    file.write_text(text)
    assert read_names(file).all() <= {"a"}
