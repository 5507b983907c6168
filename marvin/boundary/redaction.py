"""Removes what must not be shown: keys, passwords, and what a server or a library quotes."""

from __future__ import annotations

import re
import traceback
from urllib.parse import urlsplit, urlunsplit

LEFT_OUT = "(left out)"
HIDDEN = "***"

_SECRET = re.compile(
    # Keys by their beginnings, also the halves that servers quote: `sk-proj-****abcd`.
    r"\b(?:hf_(?!(?:TOKEN|HOME|ENDPOINT|HUB|XET|DEBUG)\b|(?:HUB|XET)_)|[sprg]k[-_]|gsk_|xai-|gh[pousr]_|github_pat_|AIza|AKIA|nvapi-|tgp_v1_|xox[abp]-)"
    r"[\w.*\u2026-]{4,}"
    r"|\beyJ[\w-]{10,}(?:\.[\w-]+)*"
    r"|\bBearer\s+(?=\S*(?:\d|[._=+/-]\w))[^\s\"',;]+|\bBasic\s+[\w+/]{12,}=*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<=://)([^/\s?#'\"]+@)?([^\s?#'\"]*)([?#][^\s'\"]*)?")
_LONGEST_QUOTATION = 2_000


def redact(text: str) -> str:
    """Without what looks like a key, and without passwords and keys in addresses."""
    text = _SECRET.sub(LEFT_OUT, text)
    return _ADDRESS.sub(_plain_address, text)


def _plain_address(match: re.Match[str]) -> str:
    account, place, rest = match.groups("")
    return f"{HIDDEN}@" * bool(account) + place + f"{rest[:1]}{HIDDEN}" * bool(rest)


def show_address(address: str) -> str:
    """An address without its name and password, and without what follows the path."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return redact(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def trace(error: BaseException) -> str:
    """Where an unexpected error came from, without its words: a library may quote its input."""
    parts = []
    found: BaseException | None = error
    while found is not None:
        parts.append(f"{''.join(traceback.format_tb(found.__traceback__))}{type(found).__name__}")
        found = found.__cause__ or found.__context__
    return "\nafter\n".join(parts)


def quotation(body: bytes | str, key: str | None) -> str:
    """A server's own words, for DEBUG only: they may hold what was said to it."""
    words = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if key:
        words = words.replace(key, HIDDEN)
    return redact(words[:_LONGEST_QUOTATION])
