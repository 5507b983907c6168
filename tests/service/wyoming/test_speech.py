"""Speech for clients."""
# ruff: noqa: TID253 - the official client, which these tests are about

import threading
from collections.abc import Iterator

import numpy as np
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeVoice,
)

from marvin.cancellation import CancelToken
from marvin.errors import SynthesisError
from marvin.types import AudioChunk
from tests.fakes import FakeSynthesizer
from tests.service.wyoming.serving import Client, fake_engines, serving


class Slow:
    """Makes the second chunk of each sentence only when it may."""

    language = "en"

    def __init__(self) -> None:
        self.may = threading.Event()

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        yield AudioChunk(np.full(800, 0.1, np.float32), 22_050)
        self.may.wait(300)
        yield AudioChunk(np.full(800, 0.1, np.float32), 22_050)


async def test_audio_is_sent_as_it_is_made() -> None:
    engine = Slow()
    async with (
        fake_engines(synthesizer=engine) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        await client.ask(Synthesize("One. Two."))
        first = await client.until("audio-chunk")
        engine.may.set()
        rest = await client.until("audio-stop")
    assert first[0].type == "audio-start"
    assert first[0].data["rate"] == 22_050
    assert len(first[1].payload or b"") == 1600
    assert [event.type for event in rest] == ["audio-chunk"] * 3 + ["audio-stop"]


async def test_text_is_cleaned_and_spoken_sentence_by_sentence() -> None:
    engine = FakeSynthesizer()
    async with (
        fake_engines(synthesizer=engine) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        voice = SynthesizeVoice(language="xx")
        await client.ask(Synthesize("\x1b]0;x\x07**Bold** words. It is 3 kg.\n\nEnd", voice))
        await client.until("audio-stop")
        await client.ask(Synthesize("..."))
        silent = await client.until("audio-stop")
    assert engine.sentences == ["Bold words.", "It is three kilograms.", "End"]
    assert [event.type for event in silent] == ["audio-start", "audio-stop"]


async def test_text_is_spoken_while_it_is_still_written() -> None:
    engine = FakeSynthesizer()
    async with (
        fake_engines(synthesizer=engine) as served,
        serving(served) as port,
        Client(port) as client,
    ):
        await client.ask(
            SynthesizeStart(), SynthesizeChunk("One is "), SynthesizeChunk("done. And tw")
        )
        first = await client.until("audio-chunk")
        # Home Assistant also sends the whole text, for servers that only know that.
        await client.ask(
            SynthesizeChunk("o."), Synthesize("One is done. And two."), SynthesizeStop()
        )
        rest = await client.until("synthesize-stopped")
    assert [event.type for event in first] == ["audio-start", "audio-chunk"]
    assert [event.type for event in rest[-2:]] == ["audio-stop", "synthesize-stopped"]
    assert engine.sentences == ["One is done.", "And two."]


async def test_voice_that_fails_is_an_error_for_its_client_only() -> None:
    async with (
        fake_engines(synthesizer=FakeSynthesizer(SynthesisError("no voice"))) as served,
        serving(served) as port,
    ):
        for messages in (
            [Synthesize("One.")],
            [SynthesizeStart(), SynthesizeChunk("One. And two")],
        ):
            async with Client(port) as client:
                await client.ask(*messages)
                (event,) = await client.until()
                assert (event.type, event.data["text"]) == ("error", "no voice")
