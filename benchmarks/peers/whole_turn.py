"""A whole turn: from the end of speech to the first audio of the answer.

4 s of speech, transcribed to 20 tokens by a Whisper of base.en's size; a scripted language model; a
voice of SpeechT5's size. Marvin runs live and detects the end of speech itself; the course always
records five seconds.
"""

from contextlib import ExitStack
from statistics import median
from typing import Any

import numpy as np

from benchmarks.peers.ending import FRAMES_A_LETTER
from benchmarks.peers.processes import Contender, in_turn, seconds
from benchmarks.peers.scripted_model import ANSWER
from benchmarks.peers.settings import Bench
from benchmarks.peers.spoken_audio import keep, speech
from benchmarks.peers.whisper_latency import COURSE_S, SPEECH_S, TOKENS, check_counts
from benchmarks.ratio_table import Row
from marvin.types import RATE_HZ

_FRAME_S = 0.016
_MARVIN, _COURSE = "Marvin's line", "the course's pipeline"


def measure(bench: Bench) -> list[Row]:
    """Run turns of both alternately."""
    said = speech(SPEECH_S)
    room = np.zeros(round((COURSE_S - SPEECH_S) * RATE_HZ), np.float32)
    audio = str(keep(bench.audio, "four", said))
    window = str(keep(bench.audio, "five", np.concatenate([said, room])))
    with ExitStack() as stack:
        model = stack.enter_context(Contender("scripted_model", threads=1))
        url = f"http://127.0.0.1:{model.ask()['port']}/v1"
        course, marvin = bench.course(stack, bench.threads), bench.line(stack, TOKENS, url)
        asked = {"audio": window, "model": str(bench.whisper(TOKENS)), "base_url": url}
        answers = in_turn(
            bench.repeats, {_MARVIN: (marvin, {"audio": audio}), _COURSE: (course, asked)}
        )
    check_counts({name: found[0]["text"] for name, found in answers.items()})
    for name, found in answers.items():
        check_length(name, median(seconds(found, "audio_s")))
    return turn_rows(answers[_MARVIN], answers[_COURSE], COURSE_S - SPEECH_S)


def turn_rows(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], wait_s: float) -> list[Row]:
    """Rows with and without each one's wait for the end of speech."""
    silence, ours_heard, ours_audio = (
        seconds(ours, key) for key in ("endpoint_s", "heard_s", "first_audio_s")
    )
    heard, audio = seconds(theirs, "heard_s"), seconds(theirs, "first_audio_s")

    def row(what: str, one: list[float], other: list[float], goal: float | None = None) -> Row:
        return Row(what, _MARVIN, _COURSE, one, other, goal)

    return [
        row(
            "whole turn: end of speech to first audio",
            ours_audio, [wait_s + taken for taken in audio], 1 / 3,
        ),
        row(
            "the same without the wait for the end of speech",
            _less(ours_audio, silence), audio, 1 / 3,
        ),
        row("the wait for the end of speech alone", silence, [wait_s] * len(audio)),
        row(
            "in the turn: end of speech to transcript",
            ours_heard, [wait_s + taken for taken in heard],
        ),
        row(
            "the same without the wait for the end of speech",
            _less(ours_heard, silence), heard,
        ),
    ]  # fmt: skip


def check_length(who: str, audio_s: float) -> None:
    """Raises ValueError if the speech has the wrong length, which invalidates the times.

    Allows for pauses between pieces and rounding.
    """
    wanted_s = len(ANSWER) * FRAMES_A_LETTER * _FRAME_S
    if not 0.8 * wanted_s < audio_s < 1.25 * wanted_s:
        raise ValueError(f"{who} said {audio_s:.1f} s, not about {wanted_s:.1f} s")


def _less(whole: list[float], part: list[float]) -> list[float]:
    return [one - other for one, other in zip(whole, part, strict=True)]
