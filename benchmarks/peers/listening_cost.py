"""Cost of listening, in CPU seconds per second of audio on one thread."""

from contextlib import ExitStack
from dataclasses import replace

from benchmarks.peers.processes import in_turn, seconds
from benchmarks.peers.settings import Bench
from benchmarks.peers.spoken_audio import keep, quiet_room, recordings, speech
from benchmarks.ratio_table import Row
from marvin.types import RATE_HZ

PIECE_S = 20.0
"""Audio per request."""
_MARVIN = "Marvin's ear"
_LIMITS = {"silence": 0.01, "continuous speech": 0.05}
_GOALS = {"pyopen-wakeword": 0.5, "the course: AST, 85 M": None}


def measure(bench: Bench) -> list[Row]:
    """Measure in silence, in speech and on recordings, if given."""
    pieces = {"silence": quiet_room(PIECE_S), "continuous speech": speech(PIECE_S)}
    if bench.recordings is not None:
        pieces["recordings"] = recordings(bench.recordings, 3 * PIECE_S)
    # For all contenders, a second thread costs more than it gains.
    alone = replace(bench, threads=1)
    rows = []
    with ExitStack() as stack:
        contenders = {
            _MARVIN: alone.marvin(stack),
            "pyopen-wakeword": alone.open_wake_word(stack),
            "the course: AST, 85 M": alone.course(stack),
        }
        for name, samples in pieces.items():
            request = {"audio": str(keep(bench.audio, name.replace(" ", "-"), samples))}
            asked = {who: (contender, request) for who, contender in contenders.items()}
            length_s = len(samples) / RATE_HZ
            shares = {
                who: [spent / length_s for spent in seconds(answers, "cpu_seconds")]
                for who, answers in in_turn(bench.repeats, asked).items()
            }
            rows += [
                Row(
                    f"listening to {name}: CPU s per second of audio", _MARVIN, peer,
                    shares[_MARVIN], shares[peer], goal, limit=_LIMITS.get(name),
                )
                for peer, goal in _GOALS.items()
            ]  # fmt: skip
    return rows
