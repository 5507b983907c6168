"""Shared parts of the remote engines' tests."""

from typing import Any

from tests.faulty_server import Answer


def complaint(status: int, text: str = "no such voice", **more: Any) -> Answer:
    """An error in OpenAI's format."""
    return Answer.json(
        {"error": {"message": text, "type": "invalid_request_error"}}, status, **more
    )


REFUSALS = [
    (complaint(400), r"{t}: the server at \S+ does not accept the request \(400\): check"),
    (
        complaint(401),
        r"{t}\.api_key_env: the server at \S+ requires a key \(401\): put it into an en",
    ),
    (
        complaint(403),
        r"{t}\.api_key_env: .* forbids it \(403\): it may req",
    ),
    (complaint(404), r"{t}\.base_url: .* no such address or model \(404\): check {t}\.model"),
    (
        complaint(418, ""),
        r"{t}: the server at \S+ does not accept the request \(418\): check {t}\.",
    ),
    (complaint(500), r"{t}\.base_url: .* failed \(500\): wait, or look at its log; `-vv`"),
    (Answer.html(500), r"{t}\.base_url: the server at \S+/v1 failed \(500\): wait, or look at its"),
    (
        Answer(301, headers={"Location": "https://a.b/v1"}),
        r"{t}\.base_url: .* has moved \(301\): set its new address; `-vv`",
    ),
    (Answer.html(), r"{t}\.base_url: \S+/v1 answered with a web page instead of .*: check {t}\.mo"),
    (Answer(200, b""), r"{t}\.base_url: \S+ answered with nothing instead of .*: check {t}\.mod"),
]
"""Answers that are not retried, and the message; `{t}` is the table."""

BUSY = [
    (complaint(429), r"{t}\.base_url: .* has received too many requests \(429\): wait$"),
    (Answer.html(502), r"{t}\.base_url: .* is overloaded or still loading \(502\): wait, or look"),
    (
        complaint(503, "Model is loading"),
        r"{t}\.base_url: .* \(503\): w",
    ),
    (
        Answer(cut_after=-1),
        r"{t}\.base_url: the server at \S+ closed the connection early: check it",
    ),
    (Answer(200, b"x" * 99, cut_after=0), r"{t}\.base_url: .* closed the connection early"),
]
"""Answers that are retried."""


class Sleeps:
    """Records sleeps instead of sleeping."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
