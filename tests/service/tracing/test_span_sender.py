"""The thread that sends turns, and what collectors can do to it."""

import asyncio
import logging

import pytest

from marvin.service.tracing.span_sender import MOST_WAITING, SpanSender
from marvin.service.tracing.turn_spans import Span
from tests.faulty_server import Answer, FaultyServer
from tests.service.tracing.conftest import OK

SPAN = Span("turn", 1, 3, {"marvin.outcome": "answered"}, children=(Span("stt", 1, 2),))

_PATIENT_S = 120.0


async def sent(sender: SpanSender, *turns: Span) -> None:
    sender.begin()
    for turn in turns:
        sender.send(turn)
    await sender.close(300.0)


async def test_queue_is_bounded_and_the_log_says_once_that_turns_are_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with FaultyServer(always=Answer(200, held=True)) as server:
        sender = SpanSender(f"{server.url}/v1/traces", {}, _PATIENT_S)
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
        assert sender.dropped == 10 + MOST_WAITING + 1


async def test_log_says_that_marvin_ended_first(caplog: pytest.LogCaptureFixture) -> None:
    with FaultyServer(always=Answer(200, held=True)) as server:
        sender = SpanSender(server.url, {}, _PATIENT_S)
        sender.begin()
        sender.send(SPAN)
        await asyncio.to_thread(server.wait_for, 1)
        await sender.close(0.0)
    assert sender.dropped == 1
    assert "(Marvin ended first)" in caplog.text


@pytest.mark.parametrize(
    ("answer", "reason", "timeout_s"),
    [
        (Answer(401, b"no key"), "HTTP 401", _PATIENT_S),
        (Answer.html(404), "HTTP 404", _PATIENT_S),
        (Answer.html(200), "HTTP 200, a web page", _PATIENT_S),
        (Answer(302, headers={"Location": "/login"}), "HTTP 302", _PATIENT_S),
        (Answer(cut_after=-1), "no answer", 0.2),  # It is tried again until then.
    ],
    ids=["refused", "wrong path", "web page", "redirected", "cut"],
)
async def test_collector_that_takes_nothing_is_told_once(
    answer: Answer, reason: str, timeout_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with FaultyServer(always=answer) as server:
        sender = SpanSender(f"{server.url}/v1/traces", {}, timeout_s)
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
        await sent(SpanSender(server.url, {}, _PATIENT_S), SPAN, SPAN, SPAN)
    assert caplog.records[-1].getMessage() == "traces arrive again; 2 turns were dropped"


async def test_endless_answer_is_not_read() -> None:
    with FaultyServer(always=Answer(200, b"x" * 65_536, endless=True)) as server:
        sender = SpanSender(server.url, {}, _PATIENT_S)
        await sent(sender, SPAN)
        await asyncio.to_thread(server.wait_for_hang_up)
    assert sender.dropped == 0
