"""Pages over a real websocket: what they are told, what they hear, and what they cannot do."""

import asyncio
import json
import threading
from contextlib import AsyncExitStack

import pytest

from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.events import Event, TurnFinished
from marvin.service.page.page_routes import MOST_PAGES
from marvin.types import Partial, Utterance
from tests.fakes import PAUSE, QUESTION, TURN, FakeSynthesizer, FakeTranscriber
from tests.service.page.conftest import BLOCK, PageServer


class Partly(FakeTranscriber):
    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        return Partial("what is", 4)


def states(events: list[dict[str, object]]) -> list[object]:
    return [one["after"] for one in events if one["event"] == "state_changed"]


async def test_spoken_question_is_answered_aloud(server: PageServer, events: list[Event]) -> None:
    async with server.tab() as tab:
        ready = await tab.event("ready")
        await tab.say(QUESTION)
        finished = await tab.event("turn_finished")
        assert (await tab.state("idle"))["cause"] == "turn over"
    assert (ready["wake_word"], ready["speaker_hz"]) == ("marvin", 24_000)
    assert states(tab.events) == TURN
    assert [one["text"] for one in tab.events if one["event"] == "heard"] == [
        "what is one plus two"
    ]
    assert [one["text"] for one in tab.events if one["event"] == "replied"] == ["1 plus 2 is 3."]
    assert (finished["outcome"], finished["answered_by"]) == ("answered", "arithmetic")
    assert [one.outcome for one in events if isinstance(one, TurnFinished)] == ["answered"]
    # Two chunks of 50 ms at 16 kHz, without gaps.
    positions = [int.from_bytes(block[:8], "little") for block in tab.blocks]
    lengths = [(len(block) - 8) // 2 for block in tab.blocks]
    assert positions == [sum(lengths[:at]) for at in range(len(lengths))]
    assert sum(lengths) == 2_400


@pytest.mark.parametrize("transcriber", [Partly("what is one plus two")])
@pytest.mark.parametrize("config", [Config(stt=WhisperConfig(model="any", partial_s=0.01))])
async def test_words_are_shown_while_they_are_spoken(server: PageServer) -> None:
    async with server.tab() as tab:
        await tab.say("...W.." + "s" * 15)
        partly = await tab.event("partly_heard")
        await tab.say(PAUSE)
        await tab.event("turn_finished")
    assert (partly["text"], partly["stable"]) == ("what is", 4)


async def test_question_ends_when_the_button_is_released(server: PageServer) -> None:
    async with server.tab() as tab:
        await tab.command("listen")
        # No pause follows, which would end it.
        await tab.say("s" * 15)
        await tab.command("finish")
        heard = await tab.event("heard")
        await tab.state("idle")
        await tab.command("listen")
        await tab.command("finish")
        assert (await tab.state("idle"))["cause"] == "nobody spoke"
    assert heard["text"] == "what is one plus two"


async def test_typed_question_is_answered_in_writing_or_aloud(
    server: PageServer, synthesizer: FakeSynthesizer
) -> None:
    async with server.tab() as tab:
        await tab.command("ask", "What is one plus four?")
        assert (await tab.event("answered"))["text"] == "1 plus 4 is 5."
        assert not synthesizer.sentences
        await tab.command("ask_aloud", "What is one plus five?")
        assert (await tab.event("replied"))["text"] == "1 plus 5 is 6."
        await tab.state("idle")
    assert len(synthesizer.sentences) == 1
    assert sum(len(block) - 8 for block in tab.blocks) == 2 * 2_400


async def test_reply_waits_until_it_was_heard_and_can_be_cut_off(server: PageServer) -> None:
    async with server.tab() as tab:
        tab.plays = False
        await tab.say(QUESTION)
        await tab.state("speaking")
        await tab.command("volume", 0.25)
        assert (await tab.until(lambda one: one.get("volume") == 0.25))["event"] == "volume"
        assert states(tab.events)[-1] == "speaking"
        await tab.command("stop")
        await tab.event("flush")
        finished = await tab.event("turn_finished")
        # What was said of the first reply is late, and says nothing of the second.
        await tab.command("played", 100)
        tab.plays = True
        await tab.say(QUESTION)
        assert (await tab.event("turn_finished"))["outcome"] == "answered"
    assert finished["outcome"] == "interrupted"


async def test_wake_word_interrupts_a_reply(server: PageServer) -> None:
    async with server.tab() as tab:
        tab.plays = False
        await tab.say(QUESTION)
        await tab.state("speaking")
        await tab.say("..W")
        await tab.event("flush")
        assert (await tab.event("turn_finished"))["outcome"] == "interrupted"
        tab.plays = True
        await tab.say("s" * 15 + PAUSE)
        assert (await tab.event("turn_finished"))["outcome"] == "answered"
    assert states(tab.events) == [*TURN[:3], *TURN[:3]]


@pytest.mark.parametrize("transcriber", [FakeTranscriber("set a timer")])
async def test_question_of_marvin_need_not_be_answered(server: PageServer) -> None:
    async with server.tab() as tab:
        await tab.say(QUESTION)
        assert (await tab.state("listening"))["cause"] == "wake word"
        assert (await tab.state("listening"))["cause"] == "follow-up"
        # The page has closed its microphone.
        await tab.command("finish")
        assert (await tab.state("idle"))["cause"] == "nobody spoke"


async def test_muted_page_hears_nothing(server: PageServer) -> None:
    async with server.tab() as tab:
        await tab.command("mute", True)
        assert (await tab.event("muted"))["muted"] is True
        await tab.say(QUESTION)
        await tab.command("listen")
        await tab.command("mute", False)
        assert (await tab.event("muted"))["muted"] is False
        assert states(tab.events) == []


async def test_timers_and_lists_are_shown_and_changed(server: PageServer) -> None:
    async with server.tab() as tab:
        await tab.event("agenda")
        await tab.command("ask", "set a timer for ten minutes")
        (timer,) = (await tab.event("agenda"))["timers"]
        assert (timer["name"], timer["running"]) == ("10 minute", True)
        await tab.command("cancel_timer", timer["number"])
        assert (await tab.event("agenda"))["timers"] == []
        await tab.command("cancel_timer", timer["number"])
        assert (await tab.event("problem"))["message"] == "this timer is over already"
        await tab.command("ask", "put eggs on the shopping list")
        assert (await tab.event("agenda"))["lists"] == {"shopping": ["eggs"]}
        await tab.command("clear_list", "shopping")
        assert (await tab.event("agenda"))["lists"] == {}


async def test_two_pages_at_once_do_not_mix(server: PageServer) -> None:
    async with server.tab() as one, server.tab() as other:
        other.plays = False
        await other.say(QUESTION)
        await other.state("speaking")
        await one.command("ask", "set the volume to ten percent")
        assert (await one.until(lambda event: event.get("volume") == 0.1))["event"] == "volume"
        await one.say(QUESTION)
        await one.event("turn_finished")
        await other.command("stop")
        assert (await other.event("turn_finished"))["outcome"] == "interrupted"
    assert not [event for event in other.events if event.get("volume") == 0.1]


async def test_page_closed_during_a_reply_leaves_nothing_behind(server: PageServer) -> None:
    async with server.tab() as tab:
        tab.plays = False
        await tab.say(QUESTION)
        await tab.state("speaking")
        assert server.pages.open == 1
    async with asyncio.timeout(120):
        await server.pages.closed.wait()
    assert server.pages.open == 0
    for ear in (one for one in threading.enumerate() if one.name == "marvin-ear"):
        # On a busy machine it ends a little later.
        await asyncio.to_thread(ear.join, 300)
        assert not ear.is_alive()
    # The engines go on for the next one.
    async with server.tab() as tab:
        await tab.say(QUESTION)
        assert (await tab.event("turn_finished"))["outcome"] == "answered"


async def test_page_closed_before_its_recording_was_heard_leaves_nothing_behind(
    server: PageServer,
) -> None:
    async with server.tab() as tab:
        await tab.event("ready")
        await tab.say("s" * 100)
        await tab.command("finish")
    async with asyncio.timeout(120):
        await server.pages.closed.wait()
    assert server.pages.open == 0


async def test_garbage_ends_the_connection_with_a_reason(server: PageServer) -> None:
    for message, reason in (("garbage", "a command is a JSON object"), (BLOCK[:-1], "not 1279")):
        async with server.tab() as tab:
            await tab.socket.send(message)
            code, said = await tab.closed()
        assert code == 1008
        assert reason in said


async def test_flood_ends_the_connection_and_no_other(server: PageServer) -> None:
    async with server.tab() as other, server.tab() as tab:
        for _ in range(300):
            await tab.command("played", 1)
        assert await tab.closed() == (1008, "more than 50 commands a second")
        await other.command("ask", "what is one plus one")
        await other.event("answered")


async def test_there_is_a_limit_of_pages(server: PageServer) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(MOST_PAGES):
            tab = await stack.enter_async_context(server.tab())
            await tab.event("ready")
        async with server.tab() as refused:
            assert await refused.closed() == (1013, "8 pages are open already: close one")


async def test_websocket_needs_a_ticket_that_is_valid_once(server: PageServer) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus

    body, _ = await server.fetch("/page/ticket", "POST")
    ticket = json.loads(body)["ticket"]
    async with connect(server.address(ticket)) as socket:
        await socket.recv()
        for wrong in (ticket, "", "guess"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(server.address(wrong))
            assert refused.value.response.status_code == 403


async def test_page_reads_its_wake_scores_only_when_they_are_shown(server: PageServer) -> None:
    async with server.tab() as tab:
        await tab.command("scores", True)
        await tab.say("." * 6)
        # This detector has none.
        await tab.command("ask", "what is one plus one")
        await tab.event("answered")
    assert not [one for one in tab.events if one["event"] == "wake_score"]
