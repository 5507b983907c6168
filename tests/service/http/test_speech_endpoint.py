"""Speech by OpenAI's client."""

import asyncio
import base64
import io
import json
import time
from collections.abc import Iterator

import openai
import pytest

from marvin.cancellation import CancelToken
from marvin.errors import SynthesisError
from marvin.types import AudioChunk
from tests.fakes import FakeSynthesizer
from tests.service.http.web import serving

TEXT = "Good morning. It is seven o'clock."


async def test_speech_is_a_file_that_players_can_read() -> None:
    import soundfile

    voice = FakeSynthesizer()
    async with serving(synthesizer=voice) as web, web.client() as client:
        for form in ("wav", "flac", "mp3", "opus"):
            speech = await client.audio.speech.create(
                model="tts-1", voice="alloy", input=TEXT, response_format=form
            )
            samples, rate_hz = soundfile.read(io.BytesIO(speech.content))
            assert rate_hz == 24_000
            # Two sentences, of two chunks of 50 ms each; MP3 pads.
            assert len(samples) / rate_hz == pytest.approx(0.2, abs=0.11)
            assert abs(samples).max() == pytest.approx(0.1, abs=0.05)
    assert len(voice.sentences) == 8


class WaitingSynthesizer(FakeSynthesizer):
    """Takes its first sentence at once and the others when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()
        self.waits = asyncio.Event()
        self.cancelled = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        first = not self.sentences
        yield from super().synthesize(sentence, token)
        if first:
            return
        self._loop.call_soon_threadsafe(self.waits.set)
        with token.on_cancel(self._tell):
            while not self.may.is_set():
                token.check()
                time.sleep(0.005)

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self.cancelled.set)


async def test_first_sentence_is_sent_while_the_second_is_synthesised() -> None:
    voice = WaitingSynthesizer()
    async with serving(synthesizer=voice) as web, web.client() as client:
        speaking = client.audio.speech.with_streaming_response.create(
            model="marvin", voice="alloy", input=TEXT, response_format="pcm"
        )
        async with speaking as speech:
            parts = speech.iter_bytes()
            first = await anext(parts)
            voice.may.set()
            rest = [part async for part in parts]
    assert len(first) + sum(map(len, rest)) == pytest.approx(0.2 * 24_000 * 2, abs=8)


async def test_client_that_hangs_up_stops_the_synthesis() -> None:
    voice = WaitingSynthesizer()
    async with serving(synthesizer=voice) as web, web.client() as client:
        speaking = client.audio.speech.with_streaming_response.create(
            model="marvin", voice="alloy", input=TEXT, response_format="pcm"
        )
        async with speaking as speech:
            # Held, because the connection is closed when nothing refers to it.
            parts = speech.iter_bytes()
            await anext(parts)
            await voice.waits.wait()
        async with asyncio.timeout(300):
            assert await voice.cancelled.wait()


async def test_speech_as_events() -> None:
    async with serving() as web, web.client() as client:
        speech = await client.audio.speech.create(
            model="tts-1", voice="a", input=TEXT, response_format="pcm", stream_format="sse"
        )
        *deltas, done = [
            json.loads(line.removeprefix("data: ")) for line in speech.text.split("\n\n") if line
        ]
    assert done["type"] == "speech.audio.done"
    audio = b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
    assert len(audio) == pytest.approx(0.2 * 24_000 * 2, abs=8)


async def test_wrong_request_names_its_field() -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"input": " \x1b[2J... "}, "input"),
        ({"input": "a" * 4097}, "input"),
        ({"response_format": "aac"}, "response_format"),
        ({"speed": 2.0}, "speed"),
        ({"model": "gpt-7"}, "model"),
    ]
    async with serving() as web, web.client() as client:
        for wrong, param in cases:
            asked = {"model": "tts-1", "voice": "alloy", "input": TEXT} | wrong
            with pytest.raises(openai.APIStatusError) as error:
                await client.audio.speech.create(**asked)  # type: ignore[arg-type]
            assert error.value.status_code in (400, 404)
            assert error.value.param == param


async def test_voice_that_fails_is_an_error_and_no_empty_file() -> None:
    broken = FakeSynthesizer(SynthesisError("the voice is gone"))
    async with serving(synthesizer=broken) as web, web.client() as client:
        with pytest.raises(openai.InternalServerError, match="the voice is gone") as error:
            await client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    assert error.value.code == "tts"
