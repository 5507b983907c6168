"""Outcomes of questions and faults in a soak test."""

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from benchmarks.robustness.breakable import Fault, forget, tell
from benchmarks.robustness.soak_feed import Nowhere, Scene
from marvin.events import AudioLost, Event, StateChanged, TurnFailed, TurnFinished, WakeWordHeard
from marvin.state import State

GOOD = ("answered", "asked back")


@dataclass
class Log:
    """Evaluates the pipeline's events per scene."""

    sink: Nowhere = field(default_factory=Nowhere)
    asked: int = 0
    """Questions without a fault."""
    answered: int = 0
    """Answered ones of these."""
    missed: list[tuple[Scene, float, str]] = field(default_factory=list)
    """Questions with neither an answer nor a spoken notice, with time in hours and outcome."""
    faults: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Outcomes of the questions with a fault, by fault."""
    woken: int = 0
    """False accepts by other speech."""
    lost_s: float = 0.0
    """Seconds of audio reported as lost."""
    cpu_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """CPU seconds by kind of scene."""
    audio_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds of audio by kind of scene."""
    slowest_s: float = 0.0
    """Longest time from the end of a question without a fault to the first audio."""
    _scene: Scene | None = None
    _at_s: float = 0.0
    _began_cpu_s: float = 0.0
    _outcomes: list[str] = field(default_factory=list)
    _failures: list[str] = field(default_factory=list)
    _heard_s: float = 0.0
    _lost_s: float = 0.0
    _state: State = State.IDLE

    def begin(self, scene: Scene) -> None:
        """Begin a scene."""
        self._scene = scene
        self._outcomes, self._failures = [], []
        self._heard_s, self._lost_s = self.sink.heard_s, self.lost_s
        self._began_cpu_s = _cpu_s()
        if scene.fault is not None:
            tell(scene.fault)

    def report(self, event: Event) -> None:
        """Process an event of the pipeline."""
        match event:
            case TurnFinished():
                self._outcomes.append(event.outcome)
                if self._scene is None or not self._scene.broken:
                    self.slowest_s = max(self.slowest_s, event.first_audio_s or 0.0)
            case TurnFailed():
                self._failures.append(event.stage)
            case AudioLost():
                self.lost_s += event.seconds
            case StateChanged():
                self._state, self._at_s = event.after, event.at_s
            case WakeWordHeard():
                self._at_s = event.at_s
                self.woken += self._scene is not None and self._scene.kind != "question"

    def over(self) -> None:
        """End the scene and judge it."""
        scene, self._scene = self._scene, None
        if scene is None:
            return
        self.cpu_s[scene.kind] += _cpu_s() - self._began_cpu_s
        self.audio_s[scene.kind] += scene.seconds
        if scene.kind != "question":
            return
        answered = any(outcome in GOOD for outcome in self._outcomes)
        aloud = self.sink.heard_s > self._heard_s
        outcome = "answered" if answered else ", ".join(self._outcomes) or "nothing"
        if not answered and aloud:
            outcome += f" with a spoken notice ({', '.join(self._failures)})"
        if not scene.broken:
            self.asked += 1
            self.answered += answered
        if not (answered or (scene.broken and aloud)) or self._state is not State.IDLE:
            self.missed.append((scene, self._at_s / 3600, f"{outcome}, {self._state.value}"))
        if scene.broken:
            self._judge_fault(scene.fault, outcome)

    def _judge_fault(self, fault: Fault | None, outcome: str) -> None:
        if fault is None:
            came = "" if self.lost_s > self._lost_s else ", and the gap was not noticed"
            self.faults["source has a gap"][outcome + came] += 1
        else:
            came = ", but it never happened" if forget(fault) else ""
            self.faults[fault.value][outcome + came] += 1

    def as_json(self) -> dict[str, object]:
        return {
            "asked": self.asked,
            "answered": self.answered,
            "faults": {name: dict(outcomes) for name, outcomes in self.faults.items()},
            "woken": self.woken,
            "lost_s": round(self.lost_s, 2),
            "slowest_s": round(self.slowest_s, 3),
            "cpu_s": dict(self.cpu_s),
            "audio_s": dict(self.audio_s),
        }


def table(log: Log) -> str:
    """A line for questions, then a table of faults."""
    rows = [
        f"questions without a fault: {log.answered} of {log.asked} answered, the slowest after "
        f"{log.slowest_s:.2f} s",
        f"false accepts: {log.woken}; audio lost and reported: {log.lost_s:.0f} s",
        "",
        "| fault | times | outcome of the question |",
        "|---|---|---|",
    ]
    for name, outcomes in log.faults.items():
        came = "; ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common())
        rows.append(f"| {name} | {outcomes.total()} | {came} |")
    return "\n".join([*rows, ""])


def idle_share(log: Log) -> float:
    """CPU time / audio time in quiet scenes."""
    return log.cpu_s["quiet"] / max(log.audio_s["quiet"], 1e-9)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system
