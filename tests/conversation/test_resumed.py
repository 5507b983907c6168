"""The user resumes after the endpoint: the turn is undone while that is possible."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Sequence

import pytest

from marvin.cancellation import CancelToken
from marvin.config.tables import Config, TurnConfig
from marvin.types import CHUNK_SAMPLES, AudioChunk, Message, ReplyItem, Say
from tests.conversation.test_speculation import HALF
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    PAUSE,
    TURN,
    FakeIntent,
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
)


async def resumed(line: Line, more: str) -> None:
    """Say a question, wait until Marvin is thinking, and continue."""
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say("...W.." + HALF + PAUSE)
    await line.until(lambda: line.states() == TURN[:2])
    line.source.say(more)
    line.source.end()
    await task


async def test_user_who_resumes_while_marvin_thinks_is_heard() -> None:
    asked = asyncio.Event()

    class Pondering(FakeLanguageModel):
        async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
            self.asked.append(messages[-1].text)
            asked.set()
            if messages[-1].text == "why":
                await asyncio.Event().wait()
            yield "Because."

    transcriber = FakeTranscriber("why", "why not")
    model = Pondering()
    line = Line(FakeSource(live=True), transcriber=lambda: transcriber, language_model=model)
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say("...W.." + HALF + PAUSE)
    async with asyncio.timeout(300):
        await asked.wait()
    await line.until(lambda: line.states() == TURN[:2])
    line.source.say(HALF + PAUSE)
    line.source.end()
    await task
    assert line.states() == ["listening", "thinking", *TURN]
    assert outcomes(line) == ["resumed", "answered"]
    assert said(line) == ["Because."]
    assert model.asked == ["why", "why not"]
    first, second = transcriber.utterances
    assert second.start == first.start
    assert len(second.samples) > len(first.samples) + 15 * CHUNK_SAMPLES


@pytest.mark.parametrize(("resume_s", "more"), [(0.4, "." * 20 + HALF), (0.0, HALF)])
async def test_resuming_has_no_effect_if_late_or_switched_off(resume_s: float, more: str) -> None:
    line = Line(
        FakeSource(live=True),
        transcriber=lambda: FakeTranscriber("why"),
        language_model=FakeLanguageModel(0.5, "Because."),
        config=Config(turn=TurnConfig(resume_s=resume_s)),
    )
    await resumed(line, more)
    assert outcomes(line) == ["answered"]
    assert line.states() == TURN


async def test_skill_action_is_not_done_twice() -> None:
    source, loop = FakeSource(live=True), asyncio.get_running_loop()
    begun, all_said = asyncio.Event(), threading.Event()

    done: list[str] = []

    class Slow(FakeIntent):
        def run(self, token: CancelToken) -> Sequence[ReplyItem]:
            loop.call_soon_threadsafe(begun.set)
            # Until everything has been heard.
            all_said.wait(300)
            while source.waiting:
                time.sleep(0.001)
            done.append(self.text)
            return super().run(token)

    class Shopping(FakeSkills):
        def match(self, text: str, *more: object) -> FakeIntent:
            return Slow(text, [Say("Added.")], certain=True)

    line = Line(source, transcriber=lambda: FakeTranscriber("add milk"), skills=Shopping())
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    source.say("...W.." + HALF + PAUSE)
    async with asyncio.timeout(300):
        await begun.wait()
    source.say(HALF + PAUSE)
    source.end()
    all_said.set()
    await task
    assert done == ["add milk"]
    assert outcomes(line) == ["answered"]


async def test_undone_reply_does_not_make_the_next_one_deaf() -> None:
    may = threading.Event()

    class Slow(FakeSynthesizer):
        """Makes no sound for the first reply before it is undone."""

        def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
            if sentence == "I am Marvin.":
                while not may.wait(0.005):
                    token.check()
            yield from super().synthesize(sentence, token)

    class Writer(FakeLanguageModel):
        async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
            yield "I am Marvin." if messages[-1].text == "who" else "A programmer."

    sink = FakeSink(hold=True)
    line = Line(
        FakeSource(live=True),
        sink=sink,
        transcriber=lambda: FakeTranscriber("who", "who was Ada", "stop"),
        language_model=Writer(),
        synthesizer=Slow(),
    )
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say("...W.." + HALF + PAUSE)
    await line.until(lambda: said(line) == ["I am Marvin."])
    line.source.say(HALF + PAUSE)
    await line.until(lambda: line.states()[-1] == "speaking")
    line.source.say("..W" + HALF + PAUSE)
    await line.until(lambda: outcomes(line) == ["resumed", "interrupted"])
    sink.release()
    may.set()
    line.source.end()
    await task
    assert outcomes(line) == ["resumed", "interrupted", "answered"]
