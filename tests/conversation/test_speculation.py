"""Work done at a pause is used if the user has finished, and discarded otherwise."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from marvin.config.tables import Config, TurnConfig
from marvin.errors import LanguageModelError, TranscriptionError
from marvin.events import Heard, TurnFinished
from marvin.types import (
    CHUNK_SAMPLES,
    Message,
    Say,
    Transcript,
)
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    PAUSE,
    QUESTION,
    TURN,
    FakeLanguageModel,
    FakeSkills,
    FakeSource,
    FakeTranscriber,
)

SHORT = "." * 8
"""A pause of 0.32 s: long enough for speculation, too short for an endpoint."""
HALF = "s" * 15


async def test_final_transcript_of_a_pause_is_reused() -> None:
    transcriber = FakeTranscriber("hello")
    line = Line(FakeSource(QUESTION), transcriber=lambda: transcriber)
    await line.run()
    assert line.states() == TURN
    # 0.2 s of silence after the last word, without the silence that ends the utterance.
    (utterance,) = transcriber.utterances
    assert len(utterance.samples) <= (6 + 15 + 6) * CHUNK_SAMPLES


async def test_understood_command_ends_sooner_and_unfinished_one_later() -> None:
    silences = {}
    for text in ("stop", "hello", "set a timer for"):
        line = Line(
            FakeSource("...W.." + HALF + "." * 40),
            transcriber=lambda text=text: FakeTranscriber(text),  # type: ignore[misc]
            skills=FakeSkills({"stop": [Say("Stopped.")]}),
        )
        await line.run()
        (turn,) = line.of(TurnFinished)
        assert isinstance(turn, TurnFinished)
        silences[text] = round(turn.endpoint_s, 2)
    assert silences == {"stop": 0.46, "hello": 0.7, "set a timer for": 1.22}


async def test_user_who_continues_after_a_pause_is_heard_as_a_whole() -> None:
    transcriber = FakeTranscriber("set a timer", "set a timer for ten minutes")
    skills = FakeSkills({"set a timer": [Say("No.")], "set a timer for ten minutes": [Say("Set.")]})
    line = Line(
        FakeSource("...W.." + HALF + SHORT + HALF + PAUSE),
        transcriber=lambda: transcriber,
        skills=skills,
    )
    await line.run()
    assert said(line) == ["Set."]
    heard = [event.text for event in line.of(Heard) if isinstance(event, Heard)]
    assert heard == ["set a timer for ten minutes"]
    assert len(transcriber.utterances[1].samples) > len(transcriber.utterances[0].samples)
    assert outcomes(line) == ["answered"]


async def test_reply_to_an_unfinished_question_is_not_heard() -> None:
    class Echo(FakeLanguageModel):
        async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
            self.asked.append(messages[-1].text)
            yield f"You said {messages[-1].text}."

    model = Echo()
    line = Line(
        FakeSource("...W.." + HALF + SHORT + HALF + PAUSE),
        transcriber=lambda: FakeTranscriber("why", "why not"),
        language_model=model,
    )
    await line.run()
    assert model.asked == ["why", "why not"]
    assert said(line) == ["You said why not."]
    remembered = line.memory.ask("next")
    assert [message.text for message in remembered[1:-1]] == ["why not", "You said why not."]


async def test_language_model_starts_before_the_user_has_finished() -> None:
    asked = asyncio.Event()

    class Eager(FakeLanguageModel):
        async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
            self.asked.append(messages[-1].text)
            asked.set()
            yield "Hello."

    model = Eager()
    line = Line(FakeSource(live=True), language_model=model)
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say("...W.." + HALF + SHORT)
    async with asyncio.timeout(300):
        await asked.wait()
    assert line.states() == ["listening"]
    assert said(line) == []
    line.source.say(PAUSE)
    line.source.end()
    await task
    assert model.asked == ["hello"]
    assert said(line) == ["Hello."]


async def test_without_speculation_everything_starts_at_the_end() -> None:
    transcriber = FakeTranscriber("hello")
    config = Config(turn=TurnConfig(speculate=False))
    line = Line(
        FakeSource("...W.." + HALF + SHORT + HALF + PAUSE),
        transcriber=lambda: transcriber,
        config=config,
    )
    await line.run()
    assert outcomes(line) == ["answered"]
    (utterance,) = transcriber.utterances
    assert len(utterance.samples) >= (6 + 15 + 8 + 15 + 16) * CHUNK_SAMPLES


async def test_speculation_does_not_change_what_is_said() -> None:
    spoken = []
    for speculate in (True, False):
        line = Line(
            FakeSource(QUESTION * 2),
            transcriber=lambda: FakeTranscriber("one", "hello"),
            skills=FakeSkills({"one": [Say("First.")]}),
            config=Config(turn=TurnConfig(speculate=speculate)),
        )
        await line.run()
        spoken.append((said(line), outcomes(line)))
    assert spoken[0] == spoken[1] == (["First.", "Hello yourself."], ["answered", "answered"])


async def test_adaptive_endpoint_does_not_change_what_is_said() -> None:
    heard = []
    for turn in (TurnConfig(), TurnConfig(complete_share=1.0, unfinished_share=1.0)):
        texts = ["stop", "why", "set a timer for"]
        line = Line(
            FakeSource(("...W.." + HALF + "." * 40) * 3),
            transcriber=lambda texts=texts: FakeTranscriber(*texts),  # type: ignore[misc]
            skills=FakeSkills({"stop": [Say("Stopped.")]}),
            config=Config(turn=turn),
        )
        await line.run()
        asked = [event.text for event in line.of(Heard) if isinstance(event, Heard)]
        heard.append((asked, said(line), outcomes(line)))
        assert asked == texts
    assert heard[0] == heard[1]


async def test_failure_at_the_final_pause_is_reported() -> None:
    for error in (TranscriptionError("broken"), LanguageModelError("broken")):
        recogniser_fails = isinstance(error, TranscriptionError)
        transcriber = FakeTranscriber(error if recogniser_fails else "hello")
        line = Line(
            FakeSource(QUESTION),
            transcriber=lambda transcriber=transcriber: transcriber,  # type: ignore[misc]
            language_model=FakeLanguageModel(error),
        )
        await line.run()
        assert outcomes(line) == ["failed"]
        assert len(said(line)) == 1


async def test_failure_at_a_pause_in_the_middle_has_no_effect() -> None:
    line = Line(
        FakeSource("...W.." + HALF + SHORT + HALF + PAUSE),
        transcriber=lambda: FakeTranscriber(TranscriptionError("broken"), "hello"),
    )
    await line.run()
    assert outcomes(line) == ["answered"]


async def test_wake_word_alone_is_waited_out() -> None:
    line = Line(
        FakeSource("ssssssssW" + PAUSE + ".........." + HALF + PAUSE),
        transcriber=lambda: FakeTranscriber(Transcript(""), "now the question"),
    )
    await line.run()
    assert outcomes(line) == ["wake word alone", "answered"]
