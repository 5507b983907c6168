"""Transcripts by OpenAI's client."""

import asyncio
import io
import time

import numpy as np
import openai
import pytest

from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.errors import TranscriptionError
from marvin.types import Endpoint, Transcript, Utterance, Word
from tests.fakes import FakeTranscriber
from tests.paths import SAMPLES
from tests.service.http.web import serving

SAMPLE = SAMPLES / "what_time_is_it.wav"
SAID = Utterance(np.zeros(640, np.float32), 0, 0.04, Endpoint.SILENCE)


def recording(seconds: float, *pauses: float, form: str = "FLAC") -> io.BytesIO:
    """Noise with pauses of half a second."""
    samples = np.random.default_rng(0).uniform(-0.2, 0.2, round(seconds * 16_000))
    for pause in pauses:
        samples[round(pause * 16_000) :][:8000] = 0.0
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples.astype(np.float32), 16_000, format=form)
    file.seek(0)
    file.name = f"recording.{form.lower()}"
    return file


async def test_forms_of_a_transcript() -> None:
    import soundfile

    words = (Word("good", 0.1, 0.4), Word("morning", 0.4, 0.9))
    heard = Transcript("good <morning>", words=words, confidence=0.5)
    transcriber = FakeTranscriber(*[heard] * 5)
    config = Config(stt=WhisperConfig(word_times=True))
    async with serving(transcriber=transcriber, config=config) as web, web.client() as client:
        create = client.audio.transcriptions.create
        assert (await create(model="whisper-1", file=SAMPLE)).text == "good <morning>"
        text = await create(model="whisper-1", file=SAMPLE, response_format="text")
        assert text == "good <morning>\n"
        srt = await create(model="whisper-1", file=SAMPLE, response_format="srt")
        vtt = await create(model="whisper-1", file=SAMPLE, response_format="vtt")
        long = await create(
            model="whisper-1",
            file=SAMPLE,
            response_format="verbose_json",
            language="en",
            timestamp_granularities=["word", "segment"],
        )
    length = soundfile.info(SAMPLE).duration
    stamp = f"00:00:{length:06.3f}"
    assert srt == f"1\n00:00:00,000 --> {stamp.replace('.', ',')}\ngood <morning>\n"
    assert vtt == f"WEBVTT\n\n00:00:00.000 --> {stamp}\ngood &lt;morning&gt;\n"
    assert (long.language, long.duration) == ("en", round(length, 2))
    assert long.segments is not None
    assert long.words is not None
    assert [one.text for one in long.segments] == ["good <morning>"]
    assert [(one.word, one.start) for one in long.words] == [("good", 0.1), ("morning", 0.4)]
    spoken = transcriber.utterances[0]
    assert len(spoken.samples) == pytest.approx(length * 16_000, abs=2)


async def test_times_of_words_are_refused_where_the_engine_has_none() -> None:
    async with serving() as web, web.client() as client:
        with pytest.raises(openai.BadRequestError, match="word_times = true") as refused:
            await client.audio.transcriptions.create(
                model="whisper-1",
                file=SAMPLE,
                response_format="verbose_json",
                timestamp_granularities=["word"],
            )
    assert refused.value.param == "timestamp_granularities"


async def test_long_recording_is_cut_in_its_pauses_and_streamed() -> None:
    transcriber = FakeTranscriber("one", "two", "three")
    async with serving(transcriber=transcriber) as web, web.client() as client:
        stream = await client.audio.transcriptions.create(
            model="whisper-1", file=recording(45, 15, 33), stream=True
        )
        *deltas, done = [event.to_dict() async for event in stream]
    assert [event["type"] for event in deltas] == ["transcript.text.delta"] * 3
    assert [event["delta"] for event in deltas] == ["one", " two", " three"]
    assert done == {"type": "transcript.text.done", "text": "one two three"}
    lengths = [len(one.samples) / 16_000 for one in transcriber.utterances]
    assert sum(lengths) == pytest.approx(45, abs=0.01)
    assert lengths[0] == pytest.approx(15.5, abs=0.5)
    assert lengths[0] + lengths[1] == pytest.approx(33.5, abs=0.5)


async def test_wrong_request_names_its_field() -> None:
    cases: list[tuple[dict[str, object], int, str]] = [
        ({"file": ("a.wav", b"RIFF not audio")}, 400, "file"),
        ({"file": ("a.wav", b"")}, 400, "file"),
        ({"response_format": "xml"}, 400, "response_format"),
        ({"language": "de"}, 400, "language"),
        ({"model": "gpt-7"}, 404, "model"),
        ({"stream": True, "response_format": "srt"}, 400, "stream"),
    ]
    async with serving() as web, web.client() as client:
        for wrong, status, param in cases:
            asked = {"model": "whisper-1", "file": SAMPLE} | wrong
            with pytest.raises(openai.APIStatusError) as error:
                await client.audio.transcriptions.create(**asked)  # type: ignore[call-overload]
            assert (error.value.status_code, error.value.param) == (status, param)


async def test_engine_that_fails_is_an_error_also_in_mid_stream() -> None:
    failure = TranscriptionError("the recogniser is gone")
    transcriber = FakeTranscriber(failure, "one", failure)
    async with serving(transcriber=transcriber) as web, web.client() as client:
        create = client.audio.transcriptions.create
        with pytest.raises(openai.InternalServerError, match="the recogniser is gone"):
            await create(model="whisper-1", file=SAMPLE)
        stream = await create(model="whisper-1", file=recording(25, 15), stream=True)
        assert (await anext(stream)).type == "transcript.text.delta"
        with pytest.raises(openai.APIError, match="the recogniser is gone"):
            await anext(stream)


async def test_person_in_the_room_does_not_wait_for_a_part() -> None:
    started = asyncio.Event()
    order: list[str] = []

    class Slow(FakeTranscriber):
        def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
            order.append(utterance.language or "room")
            loop.call_soon_threadsafe(started.set)
            while order == ["en"]:
                token.check()
                time.sleep(0.005)
            return super().transcribe(utterance, token)

    loop = asyncio.get_running_loop()
    async with serving(transcriber=Slow("lights", "one", "two")) as web, web.client() as client:
        file = asyncio.create_task(
            client.audio.transcriptions.create(
                model="whisper-1", file=recording(25, 15), language="en"
            )
        )
        await started.wait()
        room = asyncio.create_task(
            web.served.engines.transcriber.call(
                lambda engine, token: engine.transcribe(SAID, token), 300
            )
        )
        assert (await room).text == "lights"
        assert (await file).text == "one two"
    assert order == ["en", "room", "en", "en"]
