"""Printed text cannot control the terminal, break its line, or look like something else."""

import json
import sys
import unicodedata

import pytest

from marvin.boundary.terminal import one_line, plain, to_json

TRICKS = {
    "\x1b[31mred\x1b[0m": "red",
    "\x1b[2J\x1b[1;1Hclear": "clear",
    "\x1b]0;title\x07a": "a",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\": "link",
    "\x1b]52;c;cm0gLXJm\x07paste": "paste",
    "\x1b]0;never ended": "0;never ended",
    "\x1bP+q544e\x1b\\dcs": "dcs",
    "\x1b_apc\x9cx": "x",
    "\x1bcreset": "reset",
    "\x1b(0charset": "charset",
    "\x9b31mred\x9b0m": "red",
    "\x9d0;title\x9ca": "a",
    "back\x08\x08\x08\x7fspace": "backspace",
    "bell\x07 null\x00 esc\x1b": "bell null esc",
    "a\rb": "a b",
    "a\r\nb": "a\nb",
    "a\x0bb\x0cc\x85d\u2028e\u2029f": "a b c d e f",
    "a\tb": "a b",
    "moc\u202eexe.\u202c": "mocexe.",
    "\u2066a\u2067b\u2068c\u2069\u200e\u200f\u061c": "abc",
    "zero\u200bwidth\u2060\ufeff\u00ad": "zerowidth",
    "pay\u200dpal pay\u200cpal": "paypal paypal",
    "filler\u3164\u115f\u1160\uffa0\u2800\u034f": "filler",
    "tags\U000e0041\U000e0042 \U000e0101": "tags ",
    "half \ud83d": "half \ufffd",
    "file\udcff.wav": "file\ufffd.wav",
    # Ordinary text.
    "naïve café 🎉 日本語": "naïve café 🎉 日本語",
    "क्\u200dष र\u200dह": "क्\u200dष र\u200dह",
    "👨\u200d👩\u200d👧 ☀\ufe0f": "👨\u200d👩\u200d👧 ☀\ufe0f",
    "[bold]": "[bold]",
}


@pytest.mark.parametrize(("text", "shown"), TRICKS.items())
def test_text_is_shown_without_terminal_control_characters(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert one_line(text) == shown.replace("\n", " ")
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize("text", TRICKS)
def test_json_escapes_terminal_control_characters(text: str) -> None:
    written = to_json({"text": text}, indent=2)
    assert json.loads(written) == {"text": text}
    assert plain(written).replace("\u200d", "").replace("\u200c", "") == written


def test_no_invisible_character_is_printed() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    kinds = {unicodedata.category(char) for char in plain(every)} - {"Cn", "Co"}
    assert not kinds & {"Cf", "Cs", "Zl", "Zp"}
    assert [char for char in plain(every) if unicodedata.category(char) == "Cc"] == ["\n"]


def test_nested_escape_sequence_is_no_loophole() -> None:
    nested = "\x1b\x1b[31m[31m" * 50
    assert "\x1b" not in plain(nested)
    assert "\x1b" not in plain("\x1b" * 999 + "]0;" + "\x07" * 999)
