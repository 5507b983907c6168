"""Secrets, the ways in which a server may quote them, and a search for them in a text."""

import json
from collections.abc import Iterator

from tests.faulty_server import Answer

KEY = "sk-qxzvwjkplmbdfhgt"
SAID = "Wyqvort blixmop zundergah"
"""What a user said, in words that no message contains."""
_FRAGMENT = 5


def leaks(text: str) -> list[str]:
    """Fragments of the secrets in the text, ignoring case."""
    found = text.casefold()
    return [
        part
        for secret in (KEY.removeprefix("sk-"), *SAID.split())
        for at in range(len(secret) - _FRAGMENT + 1)
        if (part := secret[at : at + _FRAGMENT].casefold()) in found
    ]


def echoes() -> list[str]:
    """The secret whole, in another case, in part, in pieces."""
    masked = f"{KEY[:8]}...{KEY[-6:]}"
    return [
        f"Incorrect API key provided: {KEY}. Cannot answer '{SAID}'",
        f"{KEY.upper()} {SAID.upper()}",
        f"{masked} {SAID[3:12]}",
        f"{KEY[3:]}-{SAID[-8:].lower()}",
        f"{SAID[:9]}\\n{SAID[9:]} \x1b[31m{KEY}\x1b[0m",
    ]


def refusals(echo: str) -> Iterator[Answer]:
    """Error answers with the echo in every place."""
    for status in (400, 401, 402, 403, 404, 422, 429, 500, 503, 529):
        yield Answer.json({"error": {"message": echo, "code": echo, "type": echo}}, status)
    plain = echo.replace("\x1b", "").replace("\n", " ").replace("\\n", " ")
    for status in (301, 307):
        address = f"https://{KEY}.example/{plain.replace(' ', '%20')}?key={KEY}"
        yield Answer(status, echo.encode(), {"Location": address})
    for body in (
        echo, json.dumps(echo), json.dumps({echo: echo}), json.dumps({"detail": [{"msg": echo}]}),
        json.dumps({"error": echo}), json.dumps([echo]), json.dumps({"message": echo, "code": 7}),
        json.dumps({"text": {"a": echo}}), f"<html>{echo}</html>", "RIFF" + echo, echo * 5_000,
    ):  # fmt: skip
        yield Answer(400, body.encode(), {"Content-Type": "application/json"})
        for kind in ("application/json", "text/html", f"text/{plain}"):
            yield Answer(200, body.encode(), {"Content-Type": kind})
    yield Answer(503, echo.encode(), {"Retry-After": plain})
    yield Answer(200, echo.encode(), {"Content-Encoding": "gzip"})
    yield Answer(200, echo.encode(), {"Content-Encoding": plain})


def streams(echo: str) -> Iterator[Answer]:
    """Streams that break in the middle, with the echo in every place."""
    words = {"choices": [{"index": 0, "delta": {"content": "Well, "}}]}
    for line in (
        f"data: {json.dumps({'error': {'message': echo, 'code': echo}})}",
        f"data: {json.dumps({'error': echo})}", f"data: {json.dumps({'detail': echo})}",
        f"event: error\ndata: {echo}", f"error: {echo}", f"data: {echo}",
        json.dumps({"error": echo}), f"data: {json.dumps([echo])}", f"data: {{{echo}",
        f"data: {json.dumps({'choices': echo})}", "data: " + echo * 50_000,
        f"data: {json.dumps({'error': {'code': 429, 'message': echo}})}",
    ):  # fmt: skip
        body = f"data: {json.dumps(words)}\n\n{line}\n\n"
        yield Answer(200, body.encode(), {"Content-Type": "text/event-stream"})


MALFORMED = [
    b"HTTP/1.1 200 %b\r\n%b\r\n\r\n",
    b"%b %b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\nX: %b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n%b\r\n",
    b"HTTP/1.1 999 %b\r\n\x00%b: x\r\n\r\n",
]
"""Answers that are not HTTP, with two places for an echo."""
