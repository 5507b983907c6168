"""What became of each question and each fault of a soak."""

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
    """Takes the line's events, scene by scene."""

    sink: Nowhere = field(default_factory=Nowhere)
    asked: int = 0
    """Questions in which nothing broke."""
    answered: int = 0
    """Of those."""
    missed: list[tuple[Scene, float, str]] = field(default_factory=list)
    """Questions that were neither answered nor refused aloud; hours of audio; what happened."""
    faults: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By fault: what became of the question in which it happened."""
    woken: int = 0
    """Times that somebody else's words woke it."""
    lost_s: float = 0.0
    """Audio that the line said it has lost."""
    cpu_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By kind of scene, all processors."""
    audio_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By kind of scene."""
    slowest_s: float = 0.0
    """Longest time from the end of a question, in which nothing broke, to the first audio."""
    _scene: Scene | None = None
    _at_s: float = 0.0
    _began_cpu_s: float = 0.0
    _outcomes: list[str] = field(default_factory=list)
    _failures: list[str] = field(default_factory=list)
    _heard_s: float = 0.0
    _lost_s: float = 0.0
    _state: State = State.IDLE

    def begin(self, scene: Scene) -> None:
        """A scene begins."""
        self._scene = scene
        self._outcomes, self._failures = [], []
        self._heard_s, self._lost_s = self.sink.heard_s, self.lost_s
        self._began_cpu_s = _cpu_s()
        if scene.fault is not None:
            tell(scene.fault)

    def report(self, event: Event) -> None:
        """What the line reports."""
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
        """The scene is over: judge what became of it."""
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
            outcome += f" aloud ({', '.join(self._failures)})"
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
        """For a file."""
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
    """Questions and faults, a line each."""
    rows = [
        f"questions with nothing broken: {log.answered} of {log.asked} answered, the slowest after "
        f"{log.slowest_s:.2f} s",
        f"woken by others' words: {log.woken} times; audio lost and reported: {log.lost_s:.0f} s",
        "",
        "| fault | times | the question in it |",
        "|---|---|---|",
    ]
    for name, outcomes in log.faults.items():
        came = "; ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common())
        rows.append(f"| {name} | {outcomes.total()} | {came} |")
    return "\n".join([*rows, ""])


def idle_share(log: Log) -> float:
    """CPU time / audio time while nobody speaks."""
    return log.cpu_s["quiet"] / max(log.audio_s["quiet"], 1e-9)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system
