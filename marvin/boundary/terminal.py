"""Strips control sequences from untrusted text before it is printed, logged or spoken.

Transcripts, answers, names of timers, files and devices, config keys and server messages may all
contain sequences that recolour, rename or rewind a terminal, or reverse the text direction.
"""

import json
import os
import re
import sys
import unicodedata
from pathlib import Path

_SEQUENCE = re.compile(
    # OSC, DCS, SOS, PM and APC strings; CSI; other escapes. 7-bit and 8-bit forms.
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|\x1b[ -/]{0,8}[0-~]"
)
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Invisible letters and marks: names that differ only in these look the same."""
_JOINERS = "\u200c\u200d"
"""Needed in Persian and Indic words, and in emoji sequences."""
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_QUICK = re.compile(r"[ -~\n]*")


def plain(text: str) -> str:
    """Remove control sequences and invisible characters. Keeps line breaks; tabs become spaces."""
    if _QUICK.fullmatch(text):
        return text
    shown: list[str] = []
    for char in _SEQUENCE.sub("", text.replace("\r\n", "\n")):
        if char == "\n":
            shown.append(char)
        elif char == "\t" or char in _LINE_ENDS:
            shown.append(" ")
        elif char in _JOINERS:
            if shown and unicodedata.category(shown[-1]) in ("Lo", "Mn", "Mc", "So", "Sk"):
                shown.append(char)
        elif "\ud800" <= char <= "\udfff":
            shown.append("\ufffd")
        elif not _hidden(char):
            shown.append(char)
    return "".join(shown)


def one_line(text: str) -> str:
    """Like `plain`, but line breaks become spaces."""
    return " ".join(plain(text).split("\n"))


def shown_path(path: Path) -> str:
    """A file name may be undecodable; printed text must not be."""
    return os.fsencode(path).decode("utf-8", "replace")


def to_json(value: object, *, indent: int | None = None) -> str:
    """Serialise to JSON that is safe to print. Control characters are escaped, as are non-ASCII
    characters if stdout cannot encode them."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    if _QUICK.fullmatch(text):
        return text
    return "".join(
        json.dumps(char)[1:-1] if _hidden(char) and char != "\n" else char for char in text
    )


def _hidden(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    return (
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or char in _UNSEEN
        or "\U000e0100" <= char <= "\U000e01ef"
    )
