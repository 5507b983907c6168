"""Text that is not ours on its way to a terminal, a log or a voice: without what steers those.

Transcripts, answers, names of timers, files and devices, keys of models.toml, words of servers and
programs: each may hold what recolours, renames or rewinds a terminal, or turns a line around.
"""

import json
import re
import sys
import unicodedata

_SEQUENCE = re.compile(
    # OSC, DCS, SOS, PM, APC up to their end; CSI; other escapes. In seven bits or in eight.
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|\x1b[ -/]{0,8}[0-~]"
)
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks that show nothing: names that differ in them alone look the same."""
_JOINERS = "\u200c\u200d"
"""In Persian and Indic words they change letters; in emoji they make families."""
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_QUICK = re.compile(r"[ -~\n]*")


def plain(text: str) -> str:
    """The text without control sequences, and without characters that are not seen. Its line
    breaks stay, and tabs become spaces."""
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
    """The same, with spaces for line breaks: it cannot begin a line of its own."""
    return " ".join(plain(text).split("\n"))


def to_json(value: object, *, indent: int | None = None) -> str:
    """As JSON in which a terminal finds nothing to act on: such characters are escaped, and with
    an output that lacks some of the others, all that are not ASCII."""
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
