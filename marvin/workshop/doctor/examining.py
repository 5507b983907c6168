"""Runs the checks: lanes in parallel, the checks within a lane in sequence."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from marvin.boundary.hanging import start
from marvin.errors import MarvinError
from marvin.workshop.doctor.finding import Finding, Level, fail, warn
from marvin.workshop.doctor.patience import Patience, busy

ResultT = TypeVar("ResultT")

_REPORT = "this is a fault of Marvin: report it with `marvin doctor --bundle marvin.zip`"


class CheckTimeoutError(Exception):
    """A check exceeded its time limit."""

    def __init__(self, waited_s: float, load: str) -> None:
        super().__init__(
            f"no answer within {waited_s:.2g} s: "
            + (f"the machine is busy ({load})" if load else "something hangs")
        )
        self.busy = bool(load)
        """The machine is busy, so the check itself may be fine."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the doctor."""

    name: str
    look: Callable[[], Finding]
    limit_s: float = 4.0
    """A longer check fails, unless it still makes progress or the machine is busy."""
    gate: bool = False
    """If it fails, the rest of its lane is skipped."""
    late: Finding | None = None
    """The finding on timeout; by default a failure of the check."""


Lane: TypeAlias = Sequence[Check]
"""Checks that must not run concurrently, or that depend on earlier ones."""


def examine(lanes: Sequence[Lane]) -> list[Finding]:
    """Run all lanes in parallel; returns the findings in the order of the lanes."""
    if not lanes:
        return []
    with ThreadPoolExecutor(len(lanes)) as executor:
        return [finding for found in executor.map(_along, lanes) for finding in found]


def _along(lane: Lane) -> list[Finding]:
    found: list[Finding] = []
    for check in lane:
        found.append(run(check))
        if check.gate and found[-1].level is Level.FAIL:
            break
    return found


def run(check: Check) -> Finding:
    """Run one check within its time limit. Exceptions become findings."""
    try:
        return within(check.limit_s, check.look, check.name)
    except CheckTimeoutError as error:
        if error.busy:
            return warn(check.name, str(error), "try again when the machine has less to do")
        return check.late or fail(check.name, str(error), "try again")
    except MarvinError as error:
        return fail(check.name, str(error), "")  # its text says what to do
    except Exception as error:  # noqa: BLE001 - the other checks must still run
        words = str(error).strip().partition("\n")[0]
        return fail(check.name, f"the check failed: {type(error).__name__}: {words}", _REPORT)


def within(limit_s: float, call: Callable[[], ResultT], name: str) -> ResultT:
    """Return the call's result, or raise its exception.

    Raises:
        CheckTimeoutError: It exceeded the limit; its thread is abandoned.
    """
    patience = Patience(limit_s)

    def work() -> ResultT:
        patience.watch()
        return call()

    future = start(f"marvin-doctor-{name}", work)
    began = time.monotonic()
    while not wait((future,), limit_s).done:
        if patience.over(waited_s := time.monotonic() - began):
            raise CheckTimeoutError(waited_s, busy())
    return future.result()
