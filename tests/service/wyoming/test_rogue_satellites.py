"""Satellites that break the protocol, and networks that break, as in the soak test."""

import asyncio

import pytest

from benchmarks.robustness.failing_link import ANSWERED, FailingLink, LinkFault
from benchmarks.robustness.rogue_satellites import ROGUES, wakes_and_leaves
from tests.fakes import FakeTranscriber
from tests.service.wyoming.serving import Client, fake_engines, pcm, serving, speech


async def test_rogues_are_told_or_gone_and_others_are_served() -> None:
    transcriber = FakeTranscriber(*["hello"] * 5)
    async with fake_engines(transcriber=transcriber) as served, serving(served) as port:
        for rogue, allowed in ROGUES.items():
            # Loads a real detector.
            if rogue is not wakes_and_leaves:
                assert await rogue(port) in allowed, rogue
        async with Client(port) as client:
            assert (await client.told(*speech(pcm()))).type == "transcript"


@pytest.mark.parametrize("fault", [None, *LinkFault])
async def test_link_harms_only_what_it_should(fault: LinkFault | None) -> None:
    async with fake_engines() as served, serving(served) as port:
        link = FailingLink(port)
        link.fault = fault
        told: list[str] = []
        async with link.listening() as through:
            try:
                async with asyncio.timeout(1.0 if fault is LinkFault.HANGS else 300.0):
                    async with Client(through) as client:
                        await client.ask(*speech(pcm()))
                        told = [event.type for event in await client.until("transcript")]
            except (OSError, ValueError):
                # TimeoutError is an OSError; garbage is a ValueError.
                told = []
    answered = fault is None or fault in ANSWERED or fault is LinkFault.DROPS_REPLY
    assert ("transcript" in told) is answered
    assert (link.harmed > 0) is (fault not in (None, LinkFault.DROPS_REPLY))
