"""Redacting text from outside before it is shown."""

import pytest

from marvin.boundary.redaction import quotation, redact, show_address
from marvin.llm.chat.http_session import RefusedError

KEYS = [
    "sk-abcdefgh", "sk-proj-ab****************wxyz", "SK-ABCDEFGH", "hf_abcdefgh", "gsk_abcdefgh",
    "ghp_abcdefgh", "github_pat_abcdefgh", "xai-abcdefgh", "AIzaSyAbcdefgh", "AKIAABCDEFGH",
    "nvapi-abcdefgh", "Bearer abc.def", "bearer a1", "Basic dXNlcjpwYXNzd29yZA==",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.abc", "sk-ab…wxyz", "xoxb-123-abc",
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_likely_keys_are_removed(key: str) -> None:
    assert redact(f"your key '{key}' is wrong") == "your key '(left out)' is wrong"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:pass@host:8/v1", "https://***@host:8/v1"),
        ("https://host/v1?api_key=pass&x=1", "https://host/v1?***"),
        ("http://me@host#pass", "http://***@host#***"),
        ("http://host/v1", "http://host/v1"),
        ("http://[::1]:11434/v1", "http://[::1]:11434/v1"),
    ],
)
def test_addresses_are_shown_without_their_secrets(address: str, shown: str) -> None:
    assert redact(f"x = '{address}', and y") == f"x = '{shown}', and y"
    assert "pass" not in show_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "a task-list of 5",
        "the bearer of bad news.",
        "risk-free",
        "disk_space",
        "Basic arithmetic works",
        "set HF_TOKEN or HF_HUB_OFFLINE",
        "me@host.org",
    ],
)
def test_other_text_is_unchanged(text: str) -> None:
    assert redact(text) == text


def test_quotation_is_short_and_has_no_key() -> None:
    assert quotation(b"it is opensesame \xff", "opensesame") == "it is *** \ufffd"
    assert len(quotation("x" * 10_000, None)) < 3_000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "no such model"}}', "no such model"),
        (b'{"error": "no such model"}', "no such model"),
        (b'{"detail": [{"loc": ["body", "voice"], "msg": "odd", "input": "x"}]}', "odd"),
        (b'{"message": "loading"}', "loading"),
        (b'{"status": 1}', ""),
        (b"<html>", ""),
        (b"[" * 100_000, ""),
        (b"\xff\xfe", ""),
        (b"7", ""),
    ],
)
def test_subject_of_an_error_is_found(body: bytes, words: str) -> None:
    assert RefusedError(500, body).complaint == words
