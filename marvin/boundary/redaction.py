"""Removes secrets: keys, passwords, and private data quoted by servers and libraries."""

from __future__ import annotations

import re
import traceback
from urllib.parse import urlsplit, urlunsplit

LEFT_OUT = "(left out)"
HIDDEN = "***"

_SECRET = re.compile(
    # Keys by prefix, also masked as servers quote them: `sk-proj-****abcd`.
    r"\b(?:hf_(?!(?:TOKEN|HOME|ENDPOINT|HUB|XET|DEBUG)\b|(?:HUB|XET)_)|[sprg]k[-_]|gsk_|xai-|gh[pousr]_|github_pat_|AIza|AKIA|nvapi-|tgp_v1_|xox[abp]-)"
    r"[\w.*\u2026-]{4,}"
    r"|\beyJ[\w-]{10,}(?:\.[\w-]+)*"
    r"|\bBearer\s+(?=\S*(?:\d|[._=+/-]\w))[^\s\"',;]+|\bBasic\s+[\w+/]{12,}=*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<=://)([^/\s?#'\"]+@)?([^\s?#'\"]*)([?#][^\s'\"]*)?")
_LONGEST_QUOTATION = 2_000


def redact(text: str) -> str:
    """Remove anything that looks like a key, and credentials in URLs."""
    text = _SECRET.sub(LEFT_OUT, text)
    return _ADDRESS.sub(_plain_address, text)


def _plain_address(match: re.Match[str]) -> str:
    account, place, rest = match.groups("")
    return f"{HIDDEN}@" * bool(account) + place + f"{rest[:1]}{HIDDEN}" * bool(rest)


def show_address(address: str) -> str:
    """Strip credentials, query and fragment from a URL."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return redact(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def trace(error: BaseException) -> str:
    """Format a traceback without exception messages, which may quote private input."""
    parts = []
    found: BaseException | None = error
    while found is not None:
        parts.append(f"{''.join(traceback.format_tb(found.__traceback__))}{type(found).__name__}")
        found = found.__cause__ or found.__context__
    return "\nafter\n".join(parts)


def quotation(body: bytes | str, key: str | None) -> str:
    """A server's response without secrets. For DEBUG logs only: it may quote the user."""
    words = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if key:
        words = words.replace(key, HIDDEN)
    return redact(words[:_LONGEST_QUOTATION])
