"""An event loop's clock and timers, moved by hand, and a recorder for messages to systemd."""

from collections.abc import Callable

from marvin.service.systemd.notify import Notify


class FakeTimer:
    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at, self.callback, self.cancelled = at, callback, False

    def cancel(self) -> None:
        self.cancelled = True


class FakeLoop:
    def __init__(self) -> None:
        self.now = 1000.0
        self._timers: list[FakeTimer] = []

    def clock(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self.now + delay, callback)
        self._timers.append(timer)
        return timer

    def pending(self) -> int:
        return sum(not timer.cancelled for timer in self._timers)

    def advance(self, seconds: float) -> None:
        """Let time pass, running due callbacks in order."""
        end = self.now + seconds
        while due := [t for t in self._timers if t.at <= end and not t.cancelled]:
            timer = min(due, key=lambda t: t.at)
            self._timers.remove(timer)
            self.now = timer.at
            timer.callback()
        self.now = end


class FakeNotify(Notify):
    """Records messages: the first word of each, and the statuses."""

    def __init__(self) -> None:
        super().__init__("@nobody")
        self.sent: list[str] = []
        self.said: list[str] = []

    def _send(self, *lines: str) -> None:
        for line in lines:
            name, _, value = line.partition("=")
            if name == "STATUS":
                self.said.append(value)
            elif name != "MONOTONIC_USEC":
                self.sent.append(name)
