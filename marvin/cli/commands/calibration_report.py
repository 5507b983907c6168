"""The result of a calibration as text and as JSON."""

import math
import shutil
import textwrap
from collections.abc import Sequence

from marvin.cli.commands.screen import clock, counted
from marvin.workshop.test_mic.calibration import Calibration
from marvin.workshop.test_mic.meter import Meter
from marvin.workshop.test_mic.proposal import Proposal
from marvin.workshop.test_mic.wake_candidates import LEAST_SCORE
from marvin.workshop.wake_eval.rates import Interval, OperatingPoint, per_hour, share

_FEW_WORDS, _SHORT_S = 50, 3600.0
"""Fewer prove little."""
_QUIET_ROOM = 0.05
"""With less speech in the room, the result says nothing about voices."""
_LOW_DBFS = -30.0
_NARROW = 0.1
"""Typical difference between two scores of the same voice."""


def table(calibration: Calibration, proposal: Proposal) -> str:
    """Misses and false accepts at each threshold, with 95 % intervals, in 60 columns."""
    present, proposed = calibration.config.threshold, proposal.threshold
    lines = ["threshold  words missed, %           false accepts per hour"]
    for point in calibration.points(*([] if proposed is None else [proposed])):
        # A threshold may be both proposed and in force.
        mark = ">" if point.threshold == proposed else " "
        mark += "*" if point.threshold == present else " "
        lines.append(f"{mark} {_row(point)}".rstrip())
    legend = "*  in force" if proposed is None else ">  proposed   *  in force"
    return "\n".join([*lines, legend])


def _row(point: OperatingPoint) -> str:
    misses, rate = point.misses, point.false_accepts
    missed = ""
    if point.positives:
        share_of_them = f"{100 * misses.estimate:.0f}"
        missed = f"{share_of_them:>3} ({100 * misses.low:.0f} to {100 * misses.high:.0f})"
    return (
        f"{point.threshold:<7.4g}{point.missed:3d} of {point.positives:<3d} {missed:<16}"
        f"{point.accepted:3d} {_number(rate.estimate):>5} ({_range(rate)})"
    )


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _range(interval: Interval) -> str:
    if math.isinf(interval.high):
        return "not known"
    return f"{_number(interval.low)} to {_number(interval.high)}"


def paragraph(sentences: Sequence[str]) -> str:
    """Joins sentences, wrapped to the terminal but at a readable width."""
    width = min(80, shutil.get_terminal_size().columns)
    return textwrap.fill(" ".join(sentences), width, break_long_words=False, break_on_hyphens=False)


def doubts(calibration: Calibration) -> list[str]:
    """Caveats about the figures, as sentences."""
    words, seconds = len(calibration.words), calibration.room_s
    sentences = ["Ranges are 95 % confidence intervals."]
    if 0 < words < _FEW_WORDS:
        sentences.append(
            f"{counted(words, 'word proves', 'words prove')} little: even if none was missed, "
            f"up to {share(0, words).high:.0%} may be."
        )
    if 0 < seconds < _SHORT_S:
        sentences.append(
            f"So do {clock(seconds)} of the room: even if nothing woke it, "
            f"{_number(per_hour(0, seconds).high)} false accepts per hour are still possible."
        )
    if seconds and calibration.room_speech_s < _QUIET_ROOM * seconds:
        sentences.append(
            f"In the room there were only {calibration.room_speech_s:.0f} s of voices: this says "
            "nothing about talk or television. Let them run, and calibrate again."
        )
    if calibration.too_long:
        left_out = counted(calibration.too_long, "run of speech was", "runs of speech were")
        sentences.append(f"{left_out} left out: longer than a word.")
    return sentences


def verdict(calibration: Calibration, proposal: Proposal, meter: Meter) -> list[str]:
    """The proposal with its reason, or what to try instead."""
    words = len(calibration.words)
    if proposal.threshold is None:
        return [*_no_threshold(calibration, proposal), *_advice(meter)]
    lines = [
        f"Proposed: wake.threshold = {proposal.threshold:.4g}. The best score of the room was "
        f"{proposal.below:.2f}, the worst word above it {proposal.above:.2f}."
    ]
    if not calibration.room:
        lines = [
            f"Nothing in the room came near the wake word; the worst word that counts scored "
            f"{proposal.above:.2f}. Proposed: wake.threshold = {proposal.threshold:.4g}."
        ]
    elif proposal.above is not None and proposal.above - proposal.below < _NARROW:
        lines.append("That gap is narrow: expect words that are missed, and false accepts.")
    if proposal.missed:
        lines.append(f"It misses {proposal.missed} of {counted(words, 'word', 'words')}.")
        lines += _advice(meter)
    return lines


def _no_threshold(calibration: Calibration, proposal: Proposal) -> list[str]:
    words = len(calibration.words)
    unheard = sum(word.score < LEAST_SCORE for word in calibration.words)
    lines = [
        f"No threshold is proposed: one that the room does not pass (best score "
        f"{proposal.below:.2f}) misses {proposal.missed} of {counted(words, 'word', 'words')}."
    ]
    if unheard:
        lines.append(f"{unheard} were not heard at all; no threshold helps there.")
    return lines


def _advice(meter: Meter) -> list[str]:
    """Advice against missed words."""
    tries = ["speak closer to the microphone"]
    if meter.clipped_s:
        tries.append("turn its level down (it clipped)")
    elif meter.loudest_dbfs < _LOW_DBFS:
        tries.append(f"turn its level up (the loudest was {meter.loudest_dbfs:.0f} dBFS)")
    tries.append("train with your own voice (`--record DIR`, then `marvin wake train PHRASE`)")
    return [f"To try: {'; '.join(tries)}."]


def as_json(calibration: Calibration, proposal: Proposal) -> dict[str, object]:
    """All figures; unknown ones are None."""
    more = [] if proposal.threshold is None else [proposal.threshold]
    return {
        "complete": calibration.complete,
        "words": [round(word.score, 3) for word in calibration.words],
        "room_s": round(calibration.room_s, 2),
        "room_speech_s": round(calibration.room_speech_s, 2),
        "room_best": round(proposal.below, 3),
        "points": [
            {
                "threshold": point.threshold,
                "missed": point.missed,
                "miss_share": _plain(point.misses),
                "accepted": point.accepted,
                "accepted_per_hour": _plain(point.false_accepts),
            }
            for point in calibration.points(*more)
        ],
        "in_force": calibration.config.threshold,
        "proposed": proposal.threshold,
    }


def _plain(interval: Interval) -> dict[str, float | None]:
    names = ("estimate", "low", "high")
    values = ((name, float(getattr(interval, name))) for name in names)
    return {name: round(value, 4) if math.isfinite(value) else None for name, value in values}
