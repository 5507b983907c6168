"""The feed of a soak test, and the evaluation of the results."""

from itertools import islice, pairwise

import numpy as np

from benchmarks.robustness.breakable import Fault
from benchmarks.robustness.soak_feed import GAP_S, LINE_FAULTS, Feed, Scene, scenes
from benchmarks.robustness.soak_log import Log, table
from marvin.events import StateChanged, TurnFailed, TurnFinished
from marvin.state import State, Trigger
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk

LENGTHS = {"a": 4.0, "b": 5.0}


def finished(outcome: str) -> TurnFinished:
    return TurnFinished(outcome, 0.9, 1.0, 0.7, 0.1, 0.1, 0.2, 1.0)


def test_a_day_asks_each_question_and_breaks_each_part() -> None:
    day = list(islice(scenes(LENGTHS, 180.0, 600.0, 20.0), 3 * 200))
    asked = [scene for scene in day if scene.kind == "question"]
    assert {scene.sample for scene in asked} == {"a", "b"}
    assert {scene.fault for scene in asked if scene.broken} == set(LINE_FAULTS)
    hours = sum(scene.seconds for scene in day) / 3600
    assert 5 < sum(scene.broken for scene in asked) / hours < 7


async def feed(*day: Scene) -> list[AudioChunk]:
    source = Feed(
        iter(day),
        {"a": np.ones(1_000, np.float32)},
        lambda: iter([np.ones(500, np.float32)]),
        lambda scene: setattr(source, "ended", scene is day[-1]),
    )
    return [chunk async for chunk in source.chunks()]


async def test_feed_consists_of_whole_chunks_without_gaps() -> None:
    chunks = await feed(Scene("quiet", 61.0), Scene("speech", 0.1), Scene("question", 9.0, "a"))
    assert {len(chunk.samples) for chunk in chunks} == {CHUNK_SAMPLES}
    starts = [chunk.start for chunk in chunks]
    assert starts == list(range(0, len(chunks) * CHUNK_SAMPLES, CHUNK_SAMPLES))


async def test_lost_audio_is_a_gap_in_the_positions() -> None:
    chunks = await feed(Scene("quiet", 1.0), Scene("question", 9.0, "a", broken=True))
    gaps = {after.start - before.end for before, after in pairwise(chunks)}
    assert gaps == {0, round(GAP_S * RATE_HZ)}


def test_unanswered_question_is_missed() -> None:
    log = Log()
    log.begin(Scene("question", 9.0, "a"))
    log.report(finished("answered"))
    log.over()
    log.begin(Scene("question", 9.0, "b"))
    log.over()
    assert (log.asked, log.answered) == (2, 1)
    ((scene, _, outcome),) = log.missed
    assert (scene.sample, outcome) == ("b", "nothing, idle")


def test_question_with_a_fault_may_fail_with_a_notice_but_not_silently() -> None:
    log = Log()
    for aloud in (True, False):
        log.begin(Scene("question", 9.0, "a", True, Fault.SKILL_FAILS))
        log.report(TurnFailed("skills", "it was told to"))
        log.report(finished("failed"))
        log.sink.heard_s += 1.0 if aloud else 0.0
        log.over()
    assert len(log.missed) == 1
    outcomes = log.faults["skill fails"]
    assert outcomes == {
        "failed with a spoken notice (skills), but it never happened": 1,
        "failed, but it never happened": 1,
    }
    assert "| skill fails | 2 |" in table(log)


def test_pipeline_that_does_not_recover_is_missed() -> None:
    log = Log()
    log.begin(Scene("question", 9.0, "a"))
    log.report(finished("answered"))
    log.report(StateChanged(State.IDLE, State.LISTENING, Trigger.WAKE_WORD, 1.0))
    log.over()
    assert len(log.missed) == 1
