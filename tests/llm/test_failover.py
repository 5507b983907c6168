"""The first working model of a list answers, and the user is told when it is another one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from marvin.errors import DeviceFailedError, LanguageModelError, ModelLoadError
from marvin.llm.failover import (
    ASKING_ANOTHER,
    LONGEST_REST_S,
    SKILLS_ONLY,
    Failover,
    Fallback,
    SkillsOnly,
)
from marvin.types import Message, Notice

QUESTION = [Message("user", "Why is the sky blue?")]
DOWN = LanguageModelError("it is not there")


class Model:
    """Writes one script per reply, then repeats the last one."""

    def __init__(self, *scripts: tuple[str | Exception, ...]) -> None:
        self._scripts = list(scripts)
        self.asked = 0
        self.closed = 0
        self.warmed = 0

    def warm(self) -> None:
        self.warmed += 1

    async def reply(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        assert list(messages) == QUESTION
        self.asked += 1
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        try:
            for delta in script:
                if isinstance(delta, Exception):
                    raise delta
                yield delta
        finally:
            self.closed += 1


class Setup:
    """Models called a, b, c, with a clock set by hand."""

    def __init__(self, *models: Model, skills_only: bool = False) -> None:
        self.time_s = 1000.0
        self.lines: list[str] = []
        candidates = [Fallback(name, model) for name, model in zip("abc", models, strict=False)]
        if skills_only:
            candidates.append(Fallback("skills only", SkillsOnly(), notice=""))
        self.failover = Failover(candidates, notify=self.lines.append, clock=lambda: self.time_s)

    async def ask(self) -> tuple[list[str], str]:
        """The notices, and the rest as one text."""
        deltas = [delta async for delta in self.failover.reply(QUESTION)]
        notices = [str(delta) for delta in deltas if isinstance(delta, Notice)]
        return notices, "".join(delta for delta in deltas if not isinstance(delta, Notice))


async def test_first_model_answers_and_no_other_is_asked() -> None:
    a, b = Model(("\n", "It ", "scatters.")), Model(("no",))
    setup = Setup(a, b)
    assert await setup.ask() == ([], "It scatters.")
    assert (b.asked, setup.lines) == (0, [])


@pytest.mark.parametrize(
    "script",
    [(DOWN,), (DeviceFailedError("no memory"),), (ModelLoadError("no file"),), (), (" ", "\n")],
    ids=["error", "device", "model gone", "nothing", "blanks"],
)
async def test_second_model_answers_after_a_notice_when_the_first_fails(
    script: tuple[str | Exception, ...],
) -> None:
    setup = Setup(Model(script), Model(("Light ", "scatters.")))
    assert await setup.ask() == ([ASKING_ANOTHER], "Light scatters.")
    assert len(setup.lines) == 1
    assert setup.lines[0].startswith("a: ")


async def test_notice_comes_alone_and_at_once() -> None:
    b = Model(("Light ", "scatters.", " Yes."))
    deltas = Setup(Model((" ", DOWN)), b).failover.reply(QUESTION)
    arrived = [delta async for delta in deltas if delta.strip()]
    assert isinstance(arrived[0], Notice)
    assert arrived == [ASKING_ANOTHER, "Light ", "scatters.", " Yes."]


async def test_notice_is_not_repeated_and_the_failed_model_rests() -> None:
    a = Model((DOWN,))
    setup = Setup(a, Model(("Light.",)))
    await setup.ask()
    assert await setup.ask() == ([], "Light.")
    assert a.asked == 1


async def test_failed_model_is_tried_again_after_its_growing_rest() -> None:
    a = Model((DOWN,))
    setup = Setup(a, Model(("Light.",)))
    await setup.ask()
    for rest_s in (60.0, 120.0, 240.0, 480.0, LONGEST_REST_S, LONGEST_REST_S):
        asked = a.asked
        setup.time_s += rest_s - 1
        assert await setup.ask() == ([], "Light.")
        assert a.asked == asked
        setup.time_s += 1
        assert await setup.ask() == ([], "Light.")
        assert a.asked == asked + 1


async def test_recovery_is_shown_only_on_the_console() -> None:
    a = Model((DOWN,), ("Me again.",), (DOWN,))
    setup = Setup(a, Model(("Light.",)))
    await setup.ask()
    setup.time_s += 60
    assert await setup.ask() == ([], "Me again.")
    assert setup.lines == ["a: it is not there", "a is back"]
    # A new failure is news again, and its rest is short.
    assert await setup.ask() == ([ASKING_ANOTHER], "Light.")
    setup.time_s += 60
    await setup.ask()
    assert a.asked == 4


async def test_error_after_some_words_ends_the_answer() -> None:
    b = Model(("Light.",))
    setup = Setup(Model(("It scatters. ", DOWN)), b)
    deltas = setup.failover.reply(QUESTION)
    assert await anext(deltas) == "It scatters. "
    with pytest.raises(LanguageModelError, match="it is not there"):
        await anext(deltas)
    assert b.asked == 0
    assert await setup.ask() == ([ASKING_ANOTHER], "Light.")


async def test_without_models_the_notice_says_that_skills_remain() -> None:
    setup = Setup(Model((DOWN,)), Model((DOWN,)), skills_only=True)
    assert await setup.ask() == ([ASKING_ANOTHER, SKILLS_ONLY], "")
    assert await setup.ask() == ([SKILLS_ONLY], "")


async def test_if_all_fail_every_reason_is_named_and_all_are_tried_again() -> None:
    a, b = Model((DOWN,), (DOWN,), ("At last.",)), Model((LanguageModelError("no key"),))
    setup = Setup(a, b)
    for _ in range(2):
        with pytest.raises(LanguageModelError, match=r"^a: it is not there; b: no key$"):
            await setup.ask()
    # No model rests while there is no other to ask.
    assert await setup.ask() == ([], "At last.")


async def test_recovered_middle_model_takes_over_from_the_last() -> None:
    setup = Setup(Model((DOWN,)), Model((DOWN,), ("b.",)), Model(("c.",)))
    assert await setup.ask() == ([ASKING_ANOTHER, ASKING_ANOTHER], "c.")
    setup.time_s += 60
    assert await setup.ask() == ([], "b.")
    assert setup.lines[-1] == "b is back"


async def test_only_the_next_model_to_be_asked_is_warmed() -> None:
    a, b = Model((DOWN,)), Model(("Light.",))
    setup = Setup(a, b)
    setup.failover.warm()
    assert (a.warmed, b.warmed) == (1, 0)
    await setup.ask()
    setup.failover.warm()
    assert (a.warmed, b.warmed) == (1, 1)


async def test_reader_that_stops_closes_the_model() -> None:
    a = Model(("One. ", "Two. "))
    deltas = Setup(a).failover.reply(QUESTION)
    await anext(deltas)
    await deltas.aclose()
    assert a.closed == 1


async def test_cancelled_question_is_not_a_failure() -> None:
    class Waiting(Model):
        async def reply(self, messages: Sequence[Message]) -> AsyncIterator[str]:
            await asyncio.Event().wait()
            yield "never"

    setup = Setup(Waiting(()), Model(("Light.",)))
    task = asyncio.create_task(setup.ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert setup.lines == []
