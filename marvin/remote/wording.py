"""What went wrong with a server, as one line with the key of models.toml and what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MAX_WORDS = 200
"""Longest quotation of a server, in characters."""
_ECHO = 12
"""A quotation with so many characters of what was sent may hold what was said."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a table's server is spoken of."""

    table: str
    """`stt` or `tts`."""
    base_url: str
    what: str
    """What it is asked for: `a transcript`, `speech`."""
    choices: str
    """Keys that a request is made of."""
    api_key_env: str | None = None

    def refused(self, status: int, words: str) -> str:
        """It answered with an error."""
        said = f"it says: {words}; " if words else ""
        where = f"the server at {self.base_url}"
        key = f"{self.table}.api_key_env"
        if status == 401 and self.api_key_env is None:
            return (
                f"{key}: {where} wants a key (401): put one into an environment variable, and its "
                "name here"
            )
        if status == 401:
            # What it says is left out: some quote the key.
            return f"{key}: {where} does not know the key in {self.api_key_env} (401): check it"
        if status == 403:
            check = f"check what the key in {self.api_key_env} may do there"
            return f"{key}: {where} forbids it (403); {said}" + (
                check if self.api_key_env else "it may want a key"
            )
        if status == 404:
            return f"{self.table}.base_url: {where} has no such address or model (404); {said}" + (
                f"check {self.choices}" if self._versioned else self._try_version
            )
        if status == 429:
            return f"{self.table}.base_url: {where} has had too many requests (429); {said}wait"
        if 300 <= status < 400:
            return f"{self.table}.base_url: {where} has moved ({status}) {words}: write that"
        if status >= 500:
            busy = "is overloaded or still loading" if status in (502, 503, 504) else "failed"
            return (
                f"{self.table}.base_url: {where} {busy} ({status}); {said}wait, or look at its log"
            )
        return (
            f"{self.table}: {where} does not accept the request ({status}); {said}"
            f"check {self.choices}"
        )

    def unreachable(self, error: Exception) -> str:
        """No connection came about."""
        why = str(error).strip() or "no answer"
        return (
            f"{self.table}.base_url: nothing answers at {self.base_url} ({why}): start the server, "
            "or correct the address"
        )

    def broken(self) -> str:
        """The connection ended before the answer did."""
        return (
            f"{self.table}.base_url: the server at {self.base_url} broke off the connection: look "
            "at its log"
        )

    def slow(self, timeout_s: float) -> str:
        """It took too long."""
        return (
            f"{self.table}.timeout_s: waited {timeout_s:g} s in vain for {self.what} from "
            f"{self.base_url}: raise it, or take a smaller model or a faster server"
        )

    def nonsense(self, kind: str, found: str) -> str:
        """It answered, but not with what was asked for."""
        if kind in ("text/html", "application/xhtml+xml"):
            found = "a web page"
        advice = f"check {self.choices}" if self._versioned else self._try_version
        return (
            f"{self.table}.base_url: {self.base_url} answered with {found} instead of "
            f"{self.what}: {advice}"
        )

    def endless(self) -> str:
        """It goes on and on."""
        return (
            f"{self.table}.model: the answer of {self.base_url} does not end: its model may be "
            "broken, or not one for this"
        )

    @property
    def _versioned(self) -> bool:
        return self.base_url.rstrip("/").endswith("/v1")

    @property
    def _try_version(self) -> str:
        return "most servers want /v1 at the end of it"


def quotation(body: bytes, key: str | None, sent: Sequence[str] = ()) -> str:
    """What a server says of an error, fit for a log: one short line without the key and without
    what was sent. Empty where it says nothing for people."""
    try:
        said = _message(json.loads(body))
    except (ValueError, RecursionError):
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    if any(text[:_ECHO] and text[:_ECHO] in line for text in sent):
        return ""
    if key:
        line = line.replace(key, "***")
    return line if len(line) <= _MAX_WORDS else line[: _MAX_WORDS - 1].rstrip() + "…"


def _message(answer: Any) -> str:
    """The text in `{"error": {"message": ...}}` (OpenAI), `{"error": ...}`, `{"message": ...}` or
    `{"detail": ...}` (FastAPI, whose validation gives a list)."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return "; ".join(filter(None, map(_message, answer)))
    if isinstance(answer, dict):
        for name in ("error", "message", "detail", "msg"):
            if name in answer:
                place = answer.get("loc")
                text = _message(answer[name])
                return f"{place[-1]}: {text}" if place and isinstance(place, list) else text
    return ""
