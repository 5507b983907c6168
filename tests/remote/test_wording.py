"""What of a server's own words may be repeated."""

import pytest

from marvin.remote.wording import quotation


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "no such model"}}', "no such model"),
        (b'{"error": "no such model"}', "no such model"),
        (b'{"detail": "no such\\n model"}', "no such model"),
        (b'{"detail": [{"loc": ["body", "voice"], "msg": "odd", "input": "x"}]}', "voice: odd"),
        (b'{"message": "my key is sk-1"}', "my key is ***"),
        (b'{"message": "cannot say: What a lovely morning"}', ""),
        (b'{"message": "%s"}' % (b"long " * 100), "long " * 39 + "long…"),
        (b'{"status": 1}', ""),
        (b"<html>", ""),
        (b"\xff\xfe", ""),
        (b"7", ""),
    ],
)
def test_a_server_is_quoted_without_what_is_private(body: bytes, words: str) -> None:
    assert quotation(body, "sk-1", ["What a lovely morning it is"]) == words
