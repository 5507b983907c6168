"""Partial transcripts are made while the user speaks."""

import asyncio
import threading
import time
from typing import Any

import numpy as np
import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.conversation.partial_transcripts import PartialTranscripts
from marvin.engines.workers.worker import Worker
from marvin.errors import TranscriptionError
from marvin.events import Event, PartlyHeard
from marvin.types import RATE_HZ, Endpoint, Partial, Transcript, Utterance
from tests.fake_line import Line, outcomes
from tests.fakes import PAUSE, QUESTION, FakeSource, FakeTranscriber

HALF = 0.5
"""Seconds between two partial transcripts."""


class Streaming(FakeTranscriber):
    """Writes a letter for each tenth of a second; fails the first time if told to."""

    def __init__(self, *texts: str, fails: bool = False) -> None:
        super().__init__(*texts)
        self.lengths: list[float] = []
        self._fails = fails

    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        self.lengths.append(len(utterance.samples) / RATE_HZ)
        if self._fails:
            self._fails = False
            raise TranscriptionError("not this time")
        return Partial("a" * round(10 * self.lengths[-1]), len(self.lengths))


async def partly_heard(transcriber: Streaming, source: FakeSource) -> tuple[list[Event], Line]:
    line = Line(source, transcriber=lambda: transcriber, partial_s=HALF)
    await line.run()
    return line.of(PartlyHeard), line


async def test_partial_transcripts_grow_until_the_user_has_finished() -> None:
    transcriber = Streaming("hello")
    events, line = await partly_heard(transcriber, FakeSource("...W.." + "s" * 50 + "." * 20))
    assert len(events) >= 3
    assert [event.stable for event in events if isinstance(event, PartlyHeard)] == list(
        range(1, len(events) + 1)
    )
    steps = [b - a for a, b in zip(transcriber.lengths, transcriber.lengths[1:], strict=False)]
    assert all(step >= HALF for step in steps)
    assert outcomes(line) == ["answered"]


async def test_each_utterance_starts_afresh() -> None:
    transcriber = Streaming("hello", "hello again")
    long = "...W.." + "s" * 50 + PAUSE
    _, line = await partly_heard(transcriber, FakeSource(long + QUESTION))
    assert outcomes(line) == ["answered", "answered"]
    assert sum(b < a for a, b in zip(transcriber.lengths, transcriber.lengths[1:], strict=False))


async def test_pause_causes_no_new_partial_transcript() -> None:
    transcriber = Streaming("hello")
    await partly_heard(transcriber, FakeSource("...W.." + "s" * 15 + PAUSE))
    assert transcriber.lengths[-1] <= 0.04 * (6 + 15 + 5)


async def test_failed_partial_transcript_affects_nothing_else() -> None:
    transcriber = Streaming("hello", fails=True)
    events, line = await partly_heard(transcriber, FakeSource("...W.." + "s" * 50 + "." * 20))
    assert len(events) == len(transcriber.lengths) - 1 > 0
    assert outcomes(line) == ["answered"]


async def test_running_partial_transcript_ends_with_the_recording(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Slow(Streaming):
        def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
            while not token.cancelled:
                time.sleep(0.002)
            raise Cancelled

    source = FakeSource("...W.." + "s" * 15, live=True)
    source.end()
    line = Line(source, transcriber=lambda: Slow("hello"), partial_s=HALF)
    await line.run()
    assert outcomes(line) == ["answered"]
    assert line.of(PartlyHeard) == []
    assert "no partial transcript" not in caplog.text


async def test_silence_after_the_wake_word_is_not_transcribed() -> None:
    transcriber = Streaming()
    events, _ = await partly_heard(transcriber, FakeSource("...W" + "." * 200))
    assert (events, transcriber.lengths) == ([], [])


async def test_slow_machine_makes_fewer_partial_transcripts() -> None:
    now_s = 0.0

    class Slow(Streaming):
        def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
            nonlocal now_s
            now_s += 0.6
            return super().partial(utterance, token)

    transcriber = Slow("hello")
    source = FakeSource("...W.." + "s" * 120 + PAUSE)
    line = Line(source, transcriber=lambda: transcriber, partial_s=HALF, clock=lambda: now_s)
    await line.run()
    steps = [b - a for a, b in zip(transcriber.lengths, transcriber.lengths[1:], strict=False)]
    assert len(steps) >= 2
    assert all(1.2 <= step <= 1.3 for step in steps)


async def test_partial_transcript_that_waited_for_its_model_does_not_stop_later_ones() -> None:
    now_s = 0.0

    class Loading(Streaming):
        def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
            nonlocal now_s
            now_s += 0.0 if self.lengths else 20.0
            return super().partial(utterance, token)

    transcriber = Loading(*["hello"] * 6)
    source = FakeSource(("...W.." + "s" * 50 + PAUSE) * 6)
    line = Line(source, transcriber=lambda: transcriber, partial_s=HALF, clock=lambda: now_s)
    await line.run()
    assert outcomes(line) == ["answered"] * 6
    assert len(transcriber.lengths) > 3


async def test_partial_transcript_yields_to_the_final_one_of_another_session() -> None:
    done: list[str] = []
    busy, let_go = threading.Event(), threading.Event()

    class Busy(Streaming):
        def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
            done.append("partial")
            return super().partial(utterance, token)

        def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
            busy.set()
            let_go.wait(300)
            done.append("final")
            return super().transcribe(utterance, token)

    worker: Worker[Any] = Worker("marvin-stt", lambda _: Busy("one", "two"))
    await worker.start()
    utterance = Utterance(np.zeros(RATE_HZ, np.float32), 0, 1.0, Endpoint.SILENCE)

    async def final() -> None:
        await worker.call(lambda engine, token: engine.transcribe(utterance, token), 300.0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(final())
        assert await asyncio.to_thread(busy.wait, 300)
        # Requested before the other session's, and made after it.
        tasks.create_task(PartialTranscripts(worker, HALF, 300.0, print)._ask(utterance))
        await asyncio.sleep(0)
        tasks.create_task(final())
        await asyncio.sleep(0)
        let_go.set()
    assert done == ["final", "final", "partial"]
    assert await worker.stop(300.0)
