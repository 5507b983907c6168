"""Checks run side by side, within their limits, and never end the command."""

import threading

import pytest

from marvin.doctor.examining import Check, LateError, examine, run, within
from marvin.doctor.finding import Finding, Level, fail, ok, warn, worst
from tests.doctor.described import TroubleError, raising


def fine(name: str) -> Check:
    return Check(name, lambda: ok(name, "fine"))


def test_findings_come_in_the_order_of_the_lanes_whatever_ends_first() -> None:
    second_done = threading.Event()

    def slow() -> Finding:
        assert second_done.wait(5)
        return ok("a", "waited for the other lane")

    def quick() -> Finding:
        second_done.set()
        return ok("c", "")

    lanes = [(Check("a", slow), fine("b")), (Check("c", quick),), ()]
    assert [finding.name for finding in examine(lanes)] == ["a", "b", "c"]


def test_nothing_to_examine_finds_nothing() -> None:
    assert examine([]) == []


def test_a_failed_gate_ends_its_lane_alone() -> None:
    gate = Check("gate", lambda: fail("gate", "shut", "open it"), gate=True)
    assert [one.name for one in examine([(gate, fine("b")), (fine("c"),)])] == ["gate", "c"]
    ajar = Check("gate", lambda: warn("gate", "ajar", "open it"), gate=True)
    assert [one.name for one in examine([(ajar, fine("b"))])] == ["gate", "b"]


def test_a_check_that_raises_is_a_line_with_the_error() -> None:
    found = run(Check("odd", raising(ZeroDivisionError("by zero\nand more"))))
    assert found.level is Level.FAIL
    assert found.text == "the check failed: ZeroDivisionError: by zero"
    assert "--bundle" in found.cure


def test_an_error_for_the_user_is_its_own_text() -> None:
    assert run(Check("odd", raising(TroubleError("do this")))) == fail("odd", "do this", "")


def test_a_check_that_hangs_is_a_failure_or_what_it_says_it_is() -> None:
    release = threading.Event()

    def hang() -> Finding:
        release.wait(10)
        return ok("slow", "too late")

    try:
        found = run(Check("slow", hang, limit_s=0.05))
        assert (found.level, found.text) == (
            Level.FAIL,
            "no answer within 0.05 s: something hangs",
        )
        late = warn("slow", "the network is slow", "wait")
        assert run(Check("slow", hang, limit_s=0.05, late=late)) == late
        hanging = [one for one in threading.enumerate() if one.name == "marvin-doctor-slow"]
        assert len(hanging) == 2, "the command line looks for threads of this name at its end"
        assert all(thread.daemon for thread in hanging)
    finally:
        release.set()


def test_what_is_late_or_raises_is_told_to_whoever_waits() -> None:
    release = threading.Event()
    with pytest.raises(LateError):
        within(0.05, lambda: release.wait(10), "late")
    release.set()
    with pytest.raises(KeyError):
        within(5, raising(KeyError("x")), "raises")


def test_the_worst_line_counts() -> None:
    assert worst([]) is Level.OK
    assert worst([ok("a", ""), warn("b", "", ""), ok("c", "")]) is Level.WARN
    assert worst([warn("a", "", ""), fail("b", "", ""), ok("c", "")]) is Level.FAIL
