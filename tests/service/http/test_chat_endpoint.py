"""Chat by OpenAI's client."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import openai
import pytest

from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.engines.workers.worker import Worker
from marvin.errors import LanguageModelError, SkillError
from marvin.events import StateChanged
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.protocols import Generator, SpeakerIdentifier
from marvin.state import State, Trigger
from marvin.types import Act, Message, Say
from tests.fakes import FakeIntent, FakeLanguageModel, FakeSkills
from tests.service.http.web import Web, serving


async def test_skills_answer_before_the_language_model() -> None:
    skills = FakeSkills({"what time is it": [Say("It is seven. Good morning.")]})
    model = FakeLanguageModel("I can", " sing. And", " dance.")
    async with (
        serving(skills=skills, language_model=model) as web,
        web.client() as client,
    ):
        create = client.chat.completions.create
        reply = await create(
            model="marvin", messages=[{"role": "user", "content": "what time is it"}]
        )
        assert reply.choices[0].message.content == "It is seven. Good morning."
        assert reply.choices[0].finish_reason == "stop"
        assert model.asked == []
        stream = await create(
            model="none",
            messages=[
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": [{"type": "text", "text": "what can you do"}]},
            ],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert deltas == ["I can sing.", " And dance.", None]
    assert chunks[-1].usage is not None
    assert model.asked == ["what can you do"]


class AskingSkills(FakeSkills):
    """Asks for the length of a timer."""

    def match(
        self,
        text: str,
        alternatives: Sequence[str],
        dialogue: Dialogue,
        token: CancelToken,
        language: str = "",
    ) -> FakeIntent | None:
        if dialogue.question == "length":
            return FakeIntent(text, [Say(f"Set for {text}.")], certain=True)
        return FakeIntent(text, dialogue.ask("length", "For how long?"), certain=True)


async def test_answer_to_marvins_question_is_understood_in_the_next_request() -> None:
    first: Any = {"role": "user", "content": "set a timer"}
    asked: Any = {"role": "assistant", "content": "For how long?"}
    second: Any = {"role": "user", "content": "five minutes"}
    async with serving(skills=AskingSkills()) as web, web.client() as client:
        create = client.chat.completions.create
        for messages, answer in (
            ([first], "For how long?"),
            ([first, asked, second], "Set for five minutes."),
            # The client may go on twice from the same point.
            ([first, asked, second], "Set for five minutes."),
            # Another conversation has been asked nothing.
            ([second], "For how long?"),
        ):
            reply = await create(model="marvin", messages=messages)
            assert reply.choices[0].message.content == answer


async def test_wrong_or_unsupported_request_names_its_field() -> None:
    user = {"role": "user", "content": "hello"}
    image = {"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}
    cases: list[tuple[dict[str, object], str]] = [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "Hello."}]}, "messages"),
        ({"messages": [{"role": "user", "content": " \x1b[2J "}]}, "messages"),
        ({"messages": [{"role": "user", "content": [image]}]}, "messages"),
        ({"tools": [{"type": "function", "function": {"name": "a"}}]}, "tools"),
        ({"n": 2}, "n"),
        ({"model": "llama-7b"}, "model"),
    ]
    async with serving() as web, web.client() as client:
        for wrong, param in cases:
            asked = {"model": "marvin", "messages": [user]} | wrong
            with pytest.raises(openai.APIStatusError) as error:
                await client.chat.completions.create(**asked)  # type: ignore[call-overload]
            assert error.value.status_code in (400, 404)
            assert (error.value.param or "").startswith(param)


async def test_failure_is_an_error_before_and_after_the_first_words() -> None:
    failure, no = LanguageModelError("the model is gone"), SkillError("Nothing rings.")
    model = FakeLanguageModel("Here is the first. ", "And the", failure)
    skills = FakeSkills({"louder": [Act(0.9), Say("Louder.")], "break": failure, "ring": no})
    async with (
        serving(skills=skills, language_model=model) as web,
        web.client() as client,
    ):
        create = client.chat.completions.create
        with pytest.raises(openai.InternalServerError, match="the model is gone"):
            await create(model="marvin", messages=[{"role": "user", "content": "break"}])
        # A skill that cannot do something says so.
        for text, why in (("louder", "I cannot set the volume"), ("ring", "Nothing rings.")):
            reply = await create(model="marvin", messages=[{"role": "user", "content": text}])
            assert (reply.choices[0].message.content or "").startswith(why)
        stream = await create(
            model="marvin", messages=[{"role": "user", "content": "count"}], stream=True
        )
        assert (await anext(stream)).choices[0].delta.content == "Here is the first."
        with pytest.raises(openai.APIError, match="the model is gone"):
            await anext(stream)


async def test_skill_for_known_voices_is_refused() -> None:
    skills = FakeSkills({"what is on my list": [Say("Milk.")]})
    async with serving(skills=skills) as web, web.client() as client:
        identifier: Worker[SpeakerIdentifier] = Worker("marvin-speaker_id", lambda _: nobody)
        nobody: Any = None
        web.served.mind.speakers = SpeakerIdentity(identifier, ["fake"])
        reply = await client.chat.completions.create(
            model="marvin", messages=[{"role": "user", "content": "what is on my list"}]
        )
    assert "Milk" not in (reply.choices[0].message.content or "Milk")


class Endless(FakeLanguageModel):
    """Writes until it is stopped."""

    def __init__(self) -> None:
        super().__init__("Here is the first. And the", asyncio.Event())
        self.stopped = asyncio.Event()

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        try:
            async for delta in super().reply(messages):
                yield delta
        finally:
            self.stopped.set()


async def test_client_that_hangs_up_stops_the_language_model() -> None:
    model = Endless()
    async with serving(language_model=model) as web, web.client() as client:
        stream = await client.chat.completions.create(
            model="marvin", messages=[{"role": "user", "content": "count"}], stream=True
        )
        await anext(stream)
        await stream.close()
        assert await model.stopped.wait()


async def test_local_language_model_is_the_rooms_during_its_turn() -> None:
    model = Endless()
    async with serving(language_model=model) as web, web.client() as client:
        local: Worker[Generator] = Worker("marvin-llm", lambda _: nothing)
        nothing: Any = None
        web.served.engines.generators.append(local)
        create = client.chat.completions.create
        user: Any = {"role": "user", "content": "count"}
        stream = await create(model="marvin", messages=[user], stream=True)
        await anext(stream)
        enter(web, State.IDLE, State.LISTENING)
        with pytest.raises(openai.APIError, match="in the room"):
            await anext(stream)
        await model.stopped.wait()
        with pytest.raises(openai.InternalServerError, match="in the room") as busy:
            await create(model="marvin", messages=[user])
        assert busy.value.status_code == 503
        enter(web, State.SPEAKING, State.IDLE)
        stream = await create(model="marvin", messages=[user], stream=True)
        assert (await anext(stream)).choices[0].delta.content == "Here is the first."
        await stream.close()


def enter(web: Web, before: State, after: State) -> None:
    """The room changes its state."""
    web.served.metrics.note(StateChanged(before, after, Trigger.WAKE_WORD, 0.0))
