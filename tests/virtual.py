"""An event loop whose clock advances only while no task is ready to run."""

import asyncio
import selectors
from collections.abc import Coroutine


class _Selector(selectors.DefaultSelector):
    """Never sleeps, and returns how long it would have slept."""

    slept_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.slept_s += timeout or 0.0
        return super().select(0.0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._selector_s = _Selector()
        super().__init__(self._selector_s)

    def time(self) -> float:
        return self._selector_s.slept_s


def in_virtual_time(main: Coroutine[None, None, None]) -> None:
    """Run it on a virtual clock, however busy the machine is."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(main)
