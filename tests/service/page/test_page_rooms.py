"""Pages as rooms: one of them answers a call, and each can be announced to."""

import asyncio

import pytest

from marvin.conversation.called_rooms import Rooms
from marvin.errors import ControlError
from tests.fakes import PAUSE
from tests.service.page.conftest import PageServer


@pytest.mark.parametrize("rooms", [Rooms(1.0, lambda: 0.0)])
async def test_one_of_two_pages_answers_one_call(server: PageServer) -> None:
    async with server.tab() as far, server.tab() as near:
        await far.say("...W")
        await far.state("listening")
        await near.say("s" * 12 + "W" + "s" * 15 + PAUSE)
        assert (await far.state("idle"))["cause"] == "another room answers"
        await near.event("turn_finished")
        # One that is gone does not keep the call.
        await far.say("...W")
        await far.event("answered_elsewhere")
    async with server.tab() as other:
        await other.say("...W")
        await other.state("listening")


async def test_announcement_is_heard_on_the_page_of_that_name(
    server: PageServer, rooms: Rooms
) -> None:
    async with server.tab() as tab:
        await tab.command("room", "the kitchen")
        await tab.command("room", "k" * 41)
        assert "at most 40 characters" in (await tab.event("problem"))["message"]
        saying = asyncio.create_task(rooms.say("kitchen", "Dinner is ready."))
        assert (await tab.event("replied"))["text"] == "Dinner is ready."
        await tab.state("idle")
        await saying
    async with asyncio.timeout(120):
        await server.pages.closed.wait()
    with pytest.raises(ControlError, match="the kitchen is not connected any more"):
        await rooms.say("kitchen", "Dinner is ready.")
