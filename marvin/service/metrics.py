"""Metrics since the start, computed from events. Contains nothing that was said."""

import math
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

from marvin.engines.workers.freed_memory import resident_mb
from marvin.events import (
    Armed,
    AudioLost,
    DeviceBack,
    DeviceLost,
    DeviceSilent,
    EngineNotice,
    Event,
    NearMiss,
    ServerBack,
    ServerLost,
    StateChanged,
    TurnFailed,
    TurnFinished,
    WakeWordHeard,
)
from marvin.state import State

TURNS = 200
"""Number of recent turns for the percentiles."""

PARTS = ("endpoint_s", "stt_s", "first_token_s", "first_audio_s", "total_s")
"""Fields of `TurnFinished`."""
_CUT_SHORT = {"interrupted", "wake word alone"}
"""Outcomes of turns that do not end with a reply, so their total is meaningless."""


_IN_TURN = {State.LISTENING.value, State.THINKING.value, State.SPEAKING.value}
BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class Histogram:
    """How often something took how long, since the start."""

    def __init__(self) -> None:
        self.within = [0] * len(BUCKETS_S)
        """How often it took at most as long as each of BUCKETS_S."""
        self.count = 0
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.sum_s += seconds
        for at, limit_s in enumerate(BUCKETS_S):
            self.within[at] += seconds <= limit_s


class Metrics:
    """Counters and percentiles. Not thread-safe: call it on the event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._changed = clock()
        self._state = "starting"
        self._start_up_s: float | None = None
        self._counts: Counter[str] = Counter()
        self._turns: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._audio_lost_s = 0.0
        self._device_losses: Counter[str] = Counter()
        self._device_away_s = 0.0
        self._away: dict[str, tuple[str, float]] = {}
        """Lost devices: direction to device and time of loss."""
        self._servers_away: dict[str, tuple[str, float]] = {}
        """Lost servers: stage to address and time of loss."""
        self._silent = ""
        """Name of the microphone that sends only zeros."""
        self.histograms = {part: Histogram() for part in PARTS}
        self._parts: dict[str, deque[float | None]] = {part: deque(maxlen=TURNS) for part in PARTS}

    @property
    def in_turn(self) -> bool:
        """Whether somebody talks with Marvin."""
        return self._state in _IN_TURN

    def note(self, event: Event) -> None:
        match event:
            case Armed():
                self._start_up_s = event.start_up_s
                self._enter("idle")
            case StateChanged():
                self._enter(event.after.value)
            case WakeWordHeard():
                self._counts["wakes"] += 1
            case NearMiss():
                self._counts["near_misses"] += 1
            case TurnFailed():
                self._failures[event.stage] += 1
            case EngineNotice():
                self._counts["notices"] += 1
            case AudioLost():
                self._counts["overruns"] += 1
                self._audio_lost_s += event.seconds
            case DeviceLost():
                self._device_losses[event.direction] += 1
                self._away[event.direction] = event.device, self._clock()
            case DeviceBack():
                self._device_away_s += event.away_s
                self._away.pop(event.direction, None)
            case ServerLost():
                self._servers_away[event.stage] = event.address, self._clock()
            case ServerBack():
                self._servers_away.pop(event.stage, None)
            case DeviceSilent():
                self._silent = "" if event.over else event.device
            case TurnFinished():
                self._turn(event)

    def reloading(self) -> None:
        """Another configuration may need other servers."""
        self._servers_away.clear()

    def snapshot(self) -> dict[str, object]:
        """All metrics as JSON values; times in seconds."""
        now = self._clock()
        return {
            "state": self._state,
            "since_s": _rounded(now - self._changed),
            "uptime_s": _rounded(now - self._began),
            "start_up_s": _rounded(self._start_up_s),
            "wakes": self._counts["wakes"],
            "near_misses": self._counts["near_misses"],
            "turns": dict(self._turns),
            "failures": dict(self._failures),
            "notices": self._counts["notices"],
            "overruns": self._counts["overruns"],
            "audio_lost_s": _rounded(self._audio_lost_s),
            "device_losses": dict(self._device_losses),
            "device_away_s": _rounded(self._device_away_s),
            "devices_away": {
                direction: {"device": device, "since_s": _rounded(now - since)}
                for direction, (device, since) in self._away.items()
            },
            "servers_away": {
                stage: {"address": address, "since_s": _rounded(now - since)}
                for stage, (address, since) in self._servers_away.items()
            },
            "silent_microphone": self._silent or None,
            "latency": {part: percentiles(values) for part, values in self._parts.items()},
        }

    def _enter(self, state: str) -> None:
        self._state = state
        self._changed = self._clock()

    def _turn(self, turn: TurnFinished) -> None:
        self._turns[turn.outcome] += 1
        for part, values in self._parts.items():
            cut = part == "total_s" and turn.outcome in _CUT_SHORT
            seconds: float | None = None if cut else getattr(turn, part)
            values.append(seconds)
            if seconds is not None:
                self.histograms[part].add(seconds)


def process_figures() -> dict[str, object]:
    """Resources of this process: memory in MB, threads, open files."""
    return {
        "memory_mb": round(resident_mb(), 1),
        "threads": _entries("/proc/self/task") or threading.active_count(),
        # Minus the descriptor of the listed folder itself.
        "open_files": max(_entries("/dev/fd") - 1, 0),
    }


def _entries(folder: str) -> int:
    """0 if there is no such folder."""
    try:
        return len(os.listdir(folder))
    except OSError:
        return 0


def percentiles(values: Iterable[float | None]) -> dict[str, object]:
    """p50, p95 and count of the values that are not None."""
    known = sorted(value for value in values if value is not None)
    return {
        "turns": len(known),
        "p50": _rounded(_percentile(known, 0.5)),
        "p95": _rounded(_percentile(known, 0.95)),
    }


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest-rank percentile."""
    if not ordered:
        return None
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
