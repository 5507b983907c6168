"""Bench results as a table, as JSON and as one line for bug reports."""

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from marvin import __version__
from marvin.config.shipped_profiles import PROFILES
from marvin.config.wake import SHIPPED
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.placement_report import PlacementRow
from marvin.hub.catalogue import known
from marvin.service.metrics import PARTS, percentiles
from marvin.workshop.bench.bench_run import Figures, Taken

ANSWER = "answer_s"
KINDS = {False: "a skill", True: "the model"}
"""Who answers, by whether the question is for the language model."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The result of one run of `marvin bench`."""

    profile: str
    facts: MachineFacts
    rows: Sequence[PlacementRow]
    """Engines with their placement."""
    load: float
    """Load average before the run."""
    beside: bool
    """Whether another Marvin was running."""
    synthetic: bool
    """Whether a synthetic voice asked, instead of the user's recordings."""
    figures: Figures

    @property
    def latency(self) -> dict[str, dict[str, dict[str, object]]]:
        """p50 and p95 of the answered turns, by answerer and part."""
        by_kind: dict[str, list[Taken]] = {}
        for one in self.figures.taken:
            if one.answered:
                by_kind.setdefault(self.who(one), []).append(one)
        return {who: _parts(taken) for who, taken in by_kind.items()}

    def who(self, taken: Taken) -> str:
        """Who was asked; unknown for the user's own recordings."""
        return KINDS[taken.for_language_model] if self.synthetic else "Marvin"

    @property
    def unanswered(self) -> list[str]:
        """The outcome of each unanswered question."""
        return [one.why or one.outcome for one in self.figures.taken if not one.answered]


def _parts(taken: Sequence[Taken]) -> dict[str, dict[str, object]]:
    return {ANSWER: percentiles(one.answer_s for one in taken)} | {
        part: percentiles(getattr(one.turn, part) for one in taken) for part in PARTS
    }


def placed(rows: Sequence[PlacementRow]) -> str:
    """The placement in one line, with the names of public models only."""
    return ", ".join(_engine(row) for row in rows)


def _engine(row: PlacementRow) -> str:
    words = [row.key, row.engine]
    if row.model is not None:
        public = row.model in SHIPPED or known(row.model) is not None
        words.append(row.model if public else "own model")
    if row.device is not None:
        words.append(f"on {row.device} in {row.dtype}")
    return " ".join(words)


def machine(facts: MachineFacts) -> str:
    parts = [facts.cpu, f"{facts.cores} cores", f"{facts.memory_gb:.0f} GB"]
    return ", ".join([*parts, *(one.label for one in facts.accelerators)])


def _profile(name: str) -> str:
    return name if f"[profiles.{name}]\n" in PROFILES else "own profile"


def line(bench: Bench) -> str:
    """One line for bug reports, without personal data."""
    figures = bench.figures
    return " | ".join(
        [
            f"marvin {__version__}, {_profile(bench.profile)}",
            f"{machine(bench.facts)}, load {bench.load:.1f}{', not alone' * bench.beside}",
            f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
            f"torch {bench.facts.torch}",
            placed(bench.rows),
            f"start {figures.start_up_s:.1f} s, {figures.memory_mb:.0f} MB, "
            f"quiet {_share(figures.quiet_share)}, speech {_share(figures.speech_share)}",
            *(f"{who} answers, p50/p95 ms: {_both(parts)}" for who, parts in bench.latency.items()),
            f"{len(figures.taken) - len(bench.unanswered)} of {len(figures.taken)} answered"
            f"{', own recordings' * (not bench.synthetic)}",
        ]
    )


def as_json(bench: Bench) -> dict[str, object]:
    """Times in seconds, CPU as shares of one core."""
    figures = bench.figures
    return {
        "version": __version__,
        "profile": _profile(bench.profile),
        "machine": machine(bench.facts),
        "load": bench.load,
        "another_beside": bench.beside,
        "synthetic_voice": bench.synthetic,
        "engines": [_engine(row) for row in bench.rows],
        "start_up_s": figures.start_up_s,
        "memory_mb": figures.memory_mb,
        "quiet_share": figures.quiet_share,
        "speech_share": figures.speech_share,
        "latency": bench.latency,
        "first_turns": [_turn(bench, one) for one in figures.first],
        "turns": [_turn(bench, one) for one in figures.taken],
        "line": line(bench),
    }


def _turn(bench: Bench, taken: Taken) -> dict[str, object]:
    turn = {} if taken.turn is None else asdict(taken.turn)
    return {
        **turn,
        "asked": bench.who(taken),
        "outcome": taken.outcome,
        ANSWER: taken.answer_s,
        "why": taken.why,
    }


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _both(parts: dict[str, dict[str, object]]) -> str:
    return ", ".join(
        f"{title(part)} {milliseconds(values['p50'])}/{milliseconds(values['p95'])}"
        for part, values in parts.items()
    )


def title(part: str) -> str:
    """`first_audio_s` as `first audio`."""
    return part.removesuffix("_s").replace("_", " ")


def milliseconds(seconds: object) -> str:
    """A dash for None."""
    return f"{seconds * 1000:.0f}" if isinstance(seconds, int | float) else "-"
