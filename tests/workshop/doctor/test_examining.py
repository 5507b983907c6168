"""Checks run in parallel, within their limits, and never end the command."""

import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from marvin.workshop.doctor.examining import Check, CheckTimeoutError, examine, run, within
from marvin.workshop.doctor.finding import Finding, Level, fail, ok, warn, worst
from marvin.workshop.doctor.patience import busy, stretched
from tests.workshop.doctor.described import TroubleError, raising


def fine(name: str) -> Check:
    return Check(name, lambda: ok(name, "fine"))


def test_findings_are_in_lane_order_whatever_ends_first() -> None:
    second_done = threading.Event()

    def slow() -> Finding:
        assert second_done.wait(300)
        return ok("a", "waited for the other lane")

    def quick() -> Finding:
        second_done.set()
        return ok("c", "")

    lanes = [(Check("a", slow), fine("b")), (Check("c", quick),), ()]
    assert [finding.name for finding in examine(lanes)] == ["a", "b", "c"]


def test_nothing_to_examine_finds_nothing() -> None:
    assert examine([]) == []


def test_failed_gate_ends_only_its_lane() -> None:
    gate = Check("gate", lambda: fail("gate", "shut", "open it"), gate=True)
    assert [one.name for one in examine([(gate, fine("b")), (fine("c"),)])] == ["gate", "c"]
    ajar = Check("gate", lambda: warn("gate", "ajar", "open it"), gate=True)
    assert [one.name for one in examine([(ajar, fine("b"))])] == ["gate", "b"]


def test_raising_check_is_reported_with_its_error() -> None:
    found = run(Check("odd", raising(ZeroDivisionError("by zero\nand more"))))
    assert found.level is Level.FAIL
    assert found.text == "the check failed: ZeroDivisionError: by zero"
    assert "--bundle" in found.cure


def test_user_error_is_reported_by_its_text() -> None:
    assert run(Check("odd", raising(TroubleError("do this")))) == fail("odd", "do this", "")


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """End everything that hangs."""
    event = threading.Event()
    yield event
    event.set()


def test_hanging_check_is_a_failure_or_its_declared_result(release: threading.Event) -> None:
    def hang() -> Finding:
        release.wait(300)
        return ok("stuck", "too late")

    found = run(Check("stuck", hang, limit_s=0.05))
    assert found.level is Level.FAIL
    assert re.fullmatch(r"no answer within [\d.]+ s: something hangs", found.text)
    late = warn("stuck", "the network is slow", "wait")
    assert run(Check("stuck", hang, limit_s=0.05, late=late)) == late
    hanging = [one for one in threading.enumerate() if one.name == "marvin-doctor-stuck"]
    assert len(hanging) == 2, "the command line looks for threads of this name when it ends"
    assert all(thread.daemon for thread in hanging)


def test_on_a_busy_machine_nothing_is_said_to_hang(
    release: threading.Event, load: Callable[[int], None]
) -> None:
    load(400)

    def hang() -> Finding:
        release.wait(300)
        return ok("slow", "too late")

    found = run(Check("slow", hang, limit_s=0.05, late=fail("slow", "it is gone", "")))
    assert found.level is Level.WARN
    assert "the machine is busy (a load of 400 on" in found.text
    assert found.cure == "try again when the machine has less to do"


def test_on_a_busy_machine_a_late_answer_counts(
    release: threading.Event, load: Callable[[int], None]
) -> None:
    load(400)

    def slow() -> Finding:
        release.wait(300)
        return ok("slow", "answers")

    # Its limit passes many times before it is released.
    timer = threading.Timer(0.5, release.set)
    timer.start()
    assert run(Check("slow", slow, limit_s=0.2)) == ok("slow", "answers")
    timer.join()


def test_computing_check_is_not_hanging() -> None:
    def compute() -> Finding:
        end_s = time.monotonic() + 1.3
        while time.monotonic() < end_s:
            pass
        return ok("slow", "computed")

    assert run(Check("slow", compute, limit_s=1.0)) == ok("slow", "computed")


@pytest.mark.parametrize(("count", "is_busy"), [(0, False), (1, False), (400, True)])
def test_limit_is_extended_only_on_a_busy_machine(
    load: Callable[[int], None], count: int, is_busy: bool
) -> None:
    load(count)
    assert bool(busy()) is is_busy
    assert stretched(2.0) == (20.0 if is_busy else 2.0)


def test_late_results_and_errors_reach_the_caller(release: threading.Event) -> None:
    with pytest.raises(CheckTimeoutError):
        within(0.05, lambda: release.wait(300), "late")
    with pytest.raises(KeyError):
        within(300, raising(KeyError("x")), "raises")


def test_worst_finding_counts() -> None:
    assert worst([]) is Level.OK
    assert worst([ok("a", ""), warn("b", "", ""), ok("c", "")]) is Level.WARN
    assert worst([warn("a", "", ""), fail("b", "", ""), ok("c", "")]) is Level.FAIL
