"""Only a clear yes to a question that was spoken makes a call."""

import asyncio

import numpy as np
import pytest

from marvin.config.home_assistant import HomeAssistantConfig
from marvin.config.llm import ConversationTable
from marvin.dialogue import Dialogue
from marvin.engines.workers.worker import Worker
from marvin.mind.doubtful_yes import declined
from marvin.mind.memory import Memory
from marvin.mind.outside import from_outside
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.protocols import SpeakerIdentifier
from marvin.skills.tool_confirmation import CONFIRM
from marvin.types import Ask, Endpoint, Identification, Person, Transcript, Utterance
from tests.mind.tools.calling import Room, call, room
from tests.mind.tools.serving import ASK


async def asked(home: Room) -> None:
    """Marvin asks before it dims a light."""
    home.memory.forget()
    home.model.follow(["From outside."])
    await home.hears(ASK)
    home.model.follow([call("read_my_post")], [call("dim_the", '{"lamp": "bed light"}')])
    assert await home.says(ASK) == [Ask('I would do this: "dim the bed light". Shall I?')]
    home.model.follow(["Hm."])


async def test_only_a_clear_yes_counts() -> None:
    async with room() as home:
        for yes in ("yes", "Yes, please.", "please do it", "okay"):
            await asked(home)
            await home.says(yes)
            assert home.model.results[-1] == "Dimmed.", yes
        for no in ("can you do that?", "could you do it", "yes?", "would you please do it", "no"):
            await asked(home)
            await home.says(no)
            assert "Dimmed." not in home.model.results, no


async def test_text_from_outside_is_remembered_until_it_is_forgotten() -> None:
    light = call("dim_the", '{"lamp": "bed light"}')
    async with room(offered=("lists", "volume", "own")) as home:
        home.model.follow([light], ["Dimmed."])
        assert await home.hears("I wonder whether it is dark") == "Dimmed."
        assert home.memory.dialogue.outside
        home.memory.forget()
        assert not home.memory.dialogue.outside
        # The user's own program, asked for by the user.
        await home.says("read my post")
        early = home.mind.respond("I wonder about it", home.memory, home.tasks)
        await early.settled()
        early.discard()
        home.model.follow([light])
        assert [type(item) for item in await home.says(ASK)] == [Ask]
        home.memory.forget()
        home.model.follow([call("read_list", '{"list": "shopping"}')], [light], ["Hm."])
        assert await home.hears(ASK) == "Hm."
    with_home = HomeAssistantConfig(url="http://a", todo_lists=True)
    assert not from_outside({"lists"}, HomeAssistantConfig(url="http://a"))
    assert from_outside({"lists"}, with_home)
    assert not from_outside({"time", "tools"}, with_home)
    assert from_outside({"my_skill"}, None)


async def test_question_that_nobody_takes_is_not_asked() -> None:
    async with room() as home:
        await asked(home)
        home.memory.dialogue.close_question()
        home.model.follow([call("read_my_post")], [call("dim_the", '{"lamp": "bed light"}')])
        response = home.mind.respond(ASK, home.memory, home.tasks)
        items = response.items()
        assert isinstance(await anext(items), Ask)
        await items.aclose()
        assert home.memory.dialogue.question is None


def test_silence_answers_a_question_that_lasts_until_then() -> None:
    dialogue = Dialogue()
    dialogue.ask("which", "Which?")
    dialogue.silence()
    assert dialogue.question == "which"
    dialogue.ask(CONFIRM, "Shall I?", at_once=True)
    dialogue.silence()
    assert dialogue.question is None


@pytest.mark.parametrize(
    ("transcript", "counts"),
    [
        (Transcript("Yes."), True),
        (Transcript("yes", confidence=0.3), False),
        (Transcript("Okay."), False),
        (Transcript("do it"), True),
    ],
)
def test_misheard_yes_or_echo_does_not_count(transcript: Transcript, counts: bool) -> None:
    memory = Memory(ConversationTable())
    memory.dialogue.ask(CONFIRM, "", at_once=True)
    memory.spoke(["Okay.", "I would use mail of demo, with door front, sure okay. Shall I?"])
    assert (declined(transcript, {"tools"}, memory) is None) is counts
    assert (memory.dialogue.question is not None) is counts
    assert declined(transcript, {"clock"}, memory) is None


class Unclear:
    def identify(self, utterance: Utterance, token: object) -> Identification:
        return Identification(enough=False)


@pytest.mark.parametrize(("known_only", "inherits"), [((), True), (("tools",), False)])
async def test_short_yes_to_a_tool_is_from_nobody(
    known_only: tuple[str, ...], inherits: bool
) -> None:
    worker: Worker[SpeakerIdentifier] = Worker("voices", lambda _: Unclear())
    await worker.start()
    dialogue = Dialogue()
    dialogue.speaker = Person("Anna")
    dialogue.ask(CONFIRM, "Shall I?", at_once=True)
    yes = Utterance(np.zeros(8_000, np.float32), 0, 0.4, Endpoint.SILENCE, answer=True)
    async with asyncio.timeout(60.0):
        found = await SpeakerIdentity(worker, known_only).identify(yes, dialogue, 9.0, 0)
    await worker.stop(1.0)
    assert (found.person is not None) is inherits
