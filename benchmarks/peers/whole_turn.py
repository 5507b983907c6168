"""A whole turn with published models: from the end of speech to the first audio of the answer.

Kokoro's voices call Marvin and ask an open question in the same breath. Marvin runs live, as
`marvin run --profile starter`, and detects the wake word and the end of speech itself; each
question starts a new conversation. The course's pipeline gets the five seconds behind the wake
word. Both have the same weights; the course's are in float32.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from statistics import median, quantiles
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.peers.settings import Bench
from benchmarks.peers.spoken_audio import keep, quiet_room
from benchmarks.peers.spoken_questions import Question, open_questions, spoken_questions
from benchmarks.ratio_table import Row
from marvin.config import load_config
from marvin.config.llm import conversation_rules
from marvin.types import RATE_HZ, Samples
from tests.published import fetched

PROFILE = "starter"
QUESTIONS = 24
COURSE_EVERY = 3
"""The course answers only every third question: each takes it ten times as long."""
COURSE_S = 5.0
"""The course always records this long."""
GOAL_S, GOAL = 1.5, 0.2
_MARVIN, _COURSE = f"Marvin, profile {PROFILE}", "the course's pipeline"

STEPS = {
    "asked_s": "the transcript is final, and no skill has an answer",
    "token_s": "the first word of the language model",
    "ended_s": "the end of speech is certain",
    "clause_s": "the first clause goes to the voice",
    "audio_s": "the first audio",
}
COURSE_STEPS = {
    "ended_s": "the end of the recording",
    "heard_s": "transcript",
    "answer_s": "the whole answer",
    "audio_s": "the whole speech",
}

Answers = Sequence[Mapping[str, Any]]


def measure(bench: Bench) -> list[Row]:
    """Both answer in turn. Prints the steps of each."""
    kokoro = str(fetched("kokoro"))
    texts = islice(open_questions(), QUESTIONS)
    questions = list(spoken_questions(kokoro, texts, bench.threads))
    rules = conversation_rules(load_config(profile=PROFILE).config.llm)
    asked = {
        "model": str(fetched("whisper-base")),
        "kokoro": kokoro,
        "answer": {
            "model": str(fetched("smollm2-135m-instruct")),
            "instructions": rules.instructions,
            "max_tokens": rules.max_tokens,
        },
    }
    ours, theirs = [], []
    with ExitStack() as stack:
        course, marvin = bench.course(stack, bench.threads), bench.profile(stack, PROFILE)
        for at, question in enumerate((questions[0], *questions)):
            clip = str(keep(bench.audio, f"question-{at}", question.samples))
            answer = marvin.ask(audio=clip)
            also = at % COURSE_EVERY == 0
            window = str(keep(bench.audio, f"window-{at}", recording(question)))
            other = course.ask(audio=window, **asked) if also else None
            # The first round warms up.
            if at:
                ours.append(answer)
                theirs += [course_times(question, other)] if other is not None else []
    print_steps(ours, theirs)
    return turn_rows(ours, theirs)


def recording(question: Question) -> Samples:
    """What the course records, from the end of the wake word, in a quiet room."""
    room = quiet_room(COURSE_S)
    said = question.samples[question.wake_end :][: len(room)]
    return room + np.pad(said, (0, len(room) - len(said)))


def course_times(question: Question, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Times from the end of speech."""
    spoken_s = (len(question.samples) - question.wake_end) / RATE_HZ
    ended_s = max(0.0, COURSE_S - spoken_s)
    heard_s = ended_s + answer["heard_s"]
    answer_s = heard_s + answer["answer_s"]
    audio_s = answer_s + answer["speech_s"]
    times = {"ended_s": ended_s, "heard_s": heard_s, "answer_s": answer_s, "audio_s": audio_s}
    return {**answer, **times}


def answered(answers: Answers) -> Answers:
    return [one for one in answers if "audio_s" in one]


def turn_rows(ours: Answers, theirs: Answers) -> list[Row]:
    """With and without each one's wait for the end of speech."""
    ours = answered(ours)

    def row(what: str, without_wait: bool, goal: float, limit: float | None) -> Row:
        found = [
            [one["audio_s"] - without_wait * one["ended_s"] for one in answers]
            for answers in (ours, theirs)
        ]
        return Row(what, _MARVIN, _COURSE, found[0], found[1], goal, limit=limit)

    return [
        row("whole turn: end of speech to first audio", False, GOAL, GOAL_S),
        row("the same without the wait for the end of speech", True, GOAL, None),
    ]


def print_steps(ours: Answers, theirs: Answers) -> None:
    """Each step's time since the end of speech."""
    _print_times(_COURSE, COURSE_STEPS, theirs)
    print_turns(_MARVIN, ours)


def print_turns(name: str, answers: Answers) -> None:
    """Marvin's."""
    _print_times(name, STEPS, answered(answers))
    waited = sum(bool(one["notices"]) for one in answers)
    print(
        f"{len(answers) - len(answered(answers))} of {len(answers)} not answered; "
        f'"One moment." came first in {waited}'
    )


def _print_times(name: str, steps: Mapping[str, str], answers: Answers) -> None:
    table = Table(box=None, pad_edge=False, title=f"{name}, {len(answers)} questions")
    for title in ("seconds after the end of speech", "median", "p90", "longest"):
        table.add_column(title)
    for key, step in steps.items():
        times = [one[key] for one in answers if key in one]
        if times:
            ninth = quantiles(times, n=10, method="inclusive")[-1] if times[1:] else times[0]
            table.add_row(step, *(f"{one:.2f}" for one in (median(times), ninth, max(times))))
    Console().print(table)
