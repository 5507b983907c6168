"""Questions of clients, which Wyoming calls transcripts."""
# ruff: noqa: TID253 - the official client, which these tests are about

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest
from wyoming.asr import Transcript
from wyoming.info import Describe, Info
from wyoming.ping import Ping

from marvin import __version__
from marvin.cancellation import CancelToken
from marvin.config.tables import Config
from marvin.engines.workers.worker import Worker
from marvin.errors import LanguageModelError, SkillError
from marvin.events import StateChanged
from marvin.mind.speaker_identity import UNKNOWN, SpeakerIdentity
from marvin.protocols import Generator, SpeakerIdentifier
from marvin.state import State, Trigger
from marvin.types import Act, Identification, Message, Notice, ReplyItem, Say, Utterance
from tests.fakes import FakeLanguageModel, FakeSkills
from tests.service.wyoming.serving import Client, fake_engines, serving


class Recalling:
    """A language model that tells the questions it has been sent."""

    def warm(self) -> None:
        pass

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        yield " ".join(message.text for message in messages if message.role == "user")


class NoVoices:
    def identify(self, utterance: Utterance, token: CancelToken) -> Identification:
        raise AssertionError("nobody spoke")


def question(text: str, conversation: str | None = None) -> Transcript:
    context = None if conversation is None else {"conversation_id": conversation}
    return Transcript(text, language="en", context=context)


async def answer(client: Client, text: str, conversation: str | None = None) -> str:
    await client.ask(question(text, conversation))
    events = await client.until("handled-stop")
    return str(next(event for event in events if event.type == "handled").data["text"])


async def test_it_describes_its_four_services() -> None:
    async with (
        fake_engines(config=Config(language="auto")) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        info = Info.from_event(await client.told(Describe()))
        pong = await client.told(Ping("still there?"))
    assert [len(kind) for kind in (info.asr, info.tts, info.handle, info.wake)] == [1, 1, 1, 1]
    programs = [info.asr[0], info.tts[0], info.handle[0], info.wake[0]]
    assert {(one.name, one.installed, one.version) for one in programs} == {
        ("marvin", True, __version__)
    }
    assert "de" in info.asr[0].models[0].languages
    assert "de" in info.tts[0].voices[0].languages
    assert "de" in info.handle[0].models[0].languages
    assert info.wake[0].models[0].phrase == "marvin"
    assert info.tts[0].supports_synthesize_streaming
    assert pong.data["text"] == "still there?"


async def test_answer_is_sent_as_it_is_written_and_as_a_whole() -> None:
    wait = asyncio.Event()
    model = FakeLanguageModel("It is a cat. ", "And ", wait, "a dog.")
    async with (
        fake_engines(language_model=model) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        await client.ask(question("who is there", "a"))
        first = await client.until("handled-chunk")
        wait.set()
        rest = await client.until("handled-stop")
    assert [event.type for event in first] == ["handled-start", "handled-chunk"]
    assert first[-1].data["text"] == "It is a cat."
    assert [event.type for event in rest] == ["handled-chunk", "handled", "handled-stop"]
    assert rest[1].data == {
        "text": "It is a cat. And a dog.",
        "context": {"conversation_id": "a"},
    }


async def test_conversation_goes_on_in_another_connection_but_not_in_another_conversation() -> None:
    async with fake_engines(language_model=Recalling()) as served, serving(served) as port:
        async with Client(port) as client:
            assert await answer(client, "one", "kitchen") == "one"
        async with Client(port) as client:
            assert await answer(client, "two", "kitchen") == "one two"
            assert await answer(client, "three", "bath") == "three"
            assert await answer(client, "four") == "four"
            assert await answer(client, "five") == "four five"
        async with Client(port) as client:
            assert await answer(client, "six") == "six"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ([Act(0.5), Say("Half.")], "I can only change the volume in the room where I speak."),
        (SkillError("The lamp is broken."), "The lamp is broken."),
        ([Notice("Sorry?")], "Sorry?"),
    ],
)
async def test_what_is_no_answer_is_not_handled(
    reply: Sequence[ReplyItem] | Exception, text: str
) -> None:
    skills = FakeSkills({"do it": reply})
    async with (
        fake_engines(skills=skills) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        event = await client.told(question("do it"))
    assert (event.type, event.data["text"]) == ("not-handled", text)


async def test_skill_for_known_voices_is_not_for_clients() -> None:
    skills = FakeSkills({"open the door": [Say("It is open.")]})
    async with fake_engines(skills=skills) as served:
        identifier: Worker[SpeakerIdentifier] = Worker("marvin-speaker_id", lambda _: NoVoices())
        served.mind.speakers = SpeakerIdentity(identifier, ["fake"])
        async with serving(served) as port, Client(port) as client:
            event = await client.told(question("open the door"))
    assert (event.type, event.data["text"]) == ("not-handled", UNKNOWN)


async def test_answer_that_breaks_off_is_not_handled_and_the_next_one_is() -> None:
    model = FakeLanguageModel("It is a cat. It ", LanguageModelError("the model has gone"))
    skills = FakeSkills({"stop": [], "hi": [Say("Hi.")]})
    async with (
        fake_engines(language_model=model, skills=skills) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        await client.ask(question("who is there"))
        events = await client.until("handled-stop")
        assert [event.type for event in events] == [
            "handled-start", "handled-chunk", "not-handled", "handled-stop",
        ]  # fmt: skip
        assert events[2].data["text"] == "the model has gone"
        silent = await client.told(question("stop"))
        assert (silent.type, silent.data["text"]) == ("handled", "")
        assert await answer(client, "hi") == "Hi."


async def test_local_language_model_is_the_rooms_during_its_turn() -> None:
    model = FakeLanguageModel("It is a cat. And ", asyncio.Event())

    def enter(before: State, after: State) -> None:
        """The room changes its state."""
        served.metrics.note(StateChanged(before, after, Trigger.WAKE_WORD, 0.0))

    async with (
        fake_engines(language_model=model, skills=FakeSkills({"hi": [Say("Hi.")]})) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        nothing: Any = None
        local: Worker[Generator] = Worker("marvin-llm", lambda _: nothing)
        served.engines.generators.append(local)
        await client.ask(question("who is there"))
        await client.until("handled-chunk")
        enter(State.IDLE, State.LISTENING)
        broken, _ = await client.until("handled-stop")
        refused = await client.told(question("who is there"))
        enter(State.SPEAKING, State.IDLE)
        assert await answer(client, "hi") == "Hi."
    for event in (broken, refused):
        assert event.type == "not-handled"
        assert "in the room: try again" in event.data["text"]


async def test_client_that_leaves_stops_the_language_model() -> None:
    left = asyncio.Event()

    class Endless:
        def warm(self) -> None:
            pass

        async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
            try:
                yield "It is a cat. And "
                await asyncio.Event().wait()
            finally:
                left.set()

    async with fake_engines(language_model=Endless()) as served, serving(served) as port:
        async with Client(port) as client:
            await client.ask(question("who is there"))
            await client.until("handled-chunk")
        async with asyncio.timeout(300):
            assert await left.wait()
