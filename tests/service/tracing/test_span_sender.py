"""The thread that sends turns, and what collectors can do to it."""

import asyncio
import logging

import pytest

from marvin.service.tracing import span_sender
from marvin.service.tracing.span_sender import MOST_WAITING, SpanSender
from marvin.service.tracing.turn_spans import Span
from tests.faulty_server import Answer, FaultyServer
from tests.service.tracing.conftest import OK

SPAN = Span("turn", 1, 3, {"marvin.outcome": "answered"}, children=(Span("stt", 1, 2),))


async def sent(sender: SpanSender, *turns: Span, limit_s: float = 300.0) -> None:
    sender.begin()
    for turn in turns:
        sender.send(turn)
    await sender.close(limit_s)


async def test_queue_is_bounded_and_the_log_says_once_that_turns_are_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with FaultyServer(always=Answer(200, held=True)) as server:
        sender = SpanSender(f"{server.url}/v1/traces", {})
        sender.begin()
        sender.send(SPAN)
        await asyncio.to_thread(server.wait_for, 1)
        for _ in range(MOST_WAITING + 10):
            sender.send(SPAN)
        assert sender.dropped == 10
        assert [one.getMessage() for one in caplog.records] == [
            f"no traces arrive at {server.url}/v1/traces (it is too slow): turns are dropped until "
            "they do"
        ]
        await sender.close(0.0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(401, b"no key"), "HTTP 401"),
        (Answer.html(404), "HTTP 404"),
        (Answer(302, headers={"Location": "/login"}), "HTTP 302"),
        (Answer(cut_after=-1), "no answer"),
    ],
    ids=["refused", "wrong path", "redirected", "cut"],
)
async def test_collector_that_takes_nothing_is_told_once(
    answer: Answer, reason: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(span_sender, "_EXPORT_S", 0.2)  # for its retries
    caplog.set_level(logging.INFO)
    with FaultyServer(always=answer) as server:
        sender = SpanSender(f"{server.url}/v1/traces", {})
        await sent(sender, SPAN, SPAN, SPAN)
    assert sender.dropped == 3
    assert [one.getMessage() for one in caplog.records if one.name.startswith("marvin")] == [
        f"no traces arrive at {server.url}/v1/traces ({reason}): turns are dropped until they do"
    ]


async def test_log_says_that_a_collector_takes_turns_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "marvin")
    with FaultyServer(Answer(500), Answer(500), always=OK) as server:
        await sent(SpanSender(server.url, {}), SPAN, SPAN, SPAN)
    assert caplog.records[-1].getMessage() == "traces arrive again; 2 turns were dropped"


async def test_endless_answer_is_not_read() -> None:
    with FaultyServer(always=Answer(200, b"x" * 65_536, endless=True)) as server:
        sender = SpanSender(server.url, {})
        await sent(sender, SPAN)
        await asyncio.to_thread(server.wait_for_hang_up)
    assert sender.dropped == 0
