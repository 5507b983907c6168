"""Whatever a client does, it is told what is wrong, and the others are served."""
# ruff: noqa: TID253 - the official client, which these tests are about

import asyncio
import json
import threading

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event as WyomingEvent
from wyoming.event import Eventable
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop
from wyoming.wake import Detect

from marvin.cancellation import CancelToken
from marvin.service.conversations import ClientConversation
from marvin.service.wyoming import audio_requests, bounded_stream, wyoming_server
from marvin.types import Transcript as MarvinTranscript
from marvin.types import Utterance
from tests.fakes import FakeTranscriber
from tests.service.wyoming.serving import Client, fake_engines, pcm, serving, speech

NO_JSON, NO_EVENT = "something that is not JSON", "JSON that is not an event"
NO_TYPE, TOO_LARGE = "JSON without a type", "an event of impossible size"


def line(**header: object) -> bytes:
    return json.dumps(header).encode() + b"\n"


NO_EVENTS = [
    (b"GET / HTTP/1.1\r\nHost: marvin\r\n\r\n", NO_JSON),
    (b"\xff\x00\xfe garbage\n", NO_JSON),
    (b"[1, 2]\n", NO_EVENT),
    (b"[" * 60_000 + b"\n", NO_JSON),
    (b"{" + b'"a":' + b"9" * 5_000 + b"}\n", NO_JSON),
    (b"x" * 200_000, "an endless line"),
    (line(data={}), NO_TYPE),
    (line(type=["transcribe"]), NO_TYPE),
    (line(type="transcript", data=[1]), NO_EVENT),
    (line(type="transcript", data_length=3) + b"[1]", NO_EVENT),
    (line(type="transcript", data_length=-1), TOO_LARGE),
    (line(type="transcript", data_length=2**40), TOO_LARGE),
    (line(type="ping", data_length=128 * 1024 + 1), TOO_LARGE),
    (line(type="audio-chunk", payload_length=2**31), TOO_LARGE),
    (line(type="audio-chunk", payload_length="9"), TOO_LARGE),
    (line(type="audio-chunk", payload_length=True), TOO_LARGE),
]


async def test_bytes_that_are_no_event_are_refused() -> None:
    async with fake_engines() as served, serving(served) as port:
        for sent, told in NO_EVENTS:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            async with asyncio.timeout(300):
                header = json.loads(await reader.readline())
                error = json.loads(await reader.readexactly(header["data_length"]))
                assert await reader.read() == b""
            writer.close()
            assert header["type"] == "error"
            assert error["text"] == f"not an event of Wyoming: {told}"
        async with Client(port) as client:
            assert (await client.told(*speech(pcm()))).data["text"] == "hello"


UNSERVED: list[tuple[list[Eventable | WyomingEvent], str]] = [
    ([AudioStop()], "audio-stop without audio"),
    ([SynthesizeChunk("a")], "synthesize-chunk without synthesize-start"),
    ([SynthesizeStop()], "synthesize-stop without synthesize-start"),
    ([SynthesizeStart(), SynthesizeStart()], "synthesize-start again before synthesize-stop"),
    ([AudioStart(0, 2, 1)], "audio-start: rate should be a whole number from 4000 to 192000"),
    ([AudioStart(10**9, 2, 1)], "audio-start: rate should be"),
    ([AudioStart(16_000, 0, 1)], "audio-start: width should be a whole number from 1 to 4"),
    ([AudioStart(16_000, 2, 99)], "audio-start: channels should be a whole number from 1 to 8"),
    ([WyomingEvent("audio-chunk", {"rate": "x"}, b"ab")], "audio-chunk: rate should be"),
    ([WyomingEvent("transcript", {})], "transcript: needs a text"),
    ([WyomingEvent("synthesize", {"text": 3})], "synthesize: needs a text"),
    ([Transcript("x" * 100_000)], "transcript: the text is longer than 4000 characters"),
    ([Synthesize("x" * 100_000)], "synthesize: the text is longer than 20000 characters"),
    (
        [SynthesizeStart(), *[SynthesizeChunk("x" * 9_000)] * 3],
        "a text to speak has at most 20000 characters",
    ),
    ([Synthesize("<speak>a</speak>", text_format="ssml")], "SSML is not supported"),
    ([Detect(["alexa"])], "the only wake word here is 'marvin'"),
]


async def test_event_that_cannot_be_served_is_refused() -> None:
    async with fake_engines() as served, serving(served) as port:
        for messages, told in UNSERVED:
            async with Client(port) as client:
                await client.ask(*messages)
                *before, event = await client.until()
            # A text that becomes too long may have been begun.
            assert {one.type for one in before} <= {"audio-start", "audio-chunk"}
            assert event.type == "error"
            assert event.data["text"].startswith(told)


async def test_flood_of_audio_ends_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_requests, "LONGEST_S", 2.0)
    async with fake_engines() as served, serving(served) as port, Client(port) as client:
        for _ in range(40):
            await client.ask(AudioChunk(16_000, 2, 1, pcm(1.0)))
        events = await client.until()
    assert [event.data["text"] for event in events] == ["more than 2 s of audio"]


async def test_event_of_a_later_version_is_dropped_and_known_ones_served() -> None:
    async with fake_engines() as served, serving(served) as port, Client(port) as client:
        event = await client.told(
            WyomingEvent("select-program", {"name": "marvin"}),
            WyomingEvent("hologram", {"of": ["a", {"cat": None}]}, b"\x00" * 1000),
            WyomingEvent("transcribe", {"language": 7, "shape": {"new": True}}),
            *speech(pcm()),
        )
    assert event.data["text"] == "hello"


class Waiting:
    """Returns the length of each utterance in tenths of a second, when it may."""

    def __init__(self) -> None:
        self.may, self.begun = threading.Semaphore(0), threading.Semaphore(0)
        self.order: list[str] = []

    def transcribe(self, utterance: Utterance, token: CancelToken) -> MarvinTranscript:
        self.begun.release()
        assert self.may.acquire(timeout=300)
        token.check()
        tenths = str(round(10 * len(utterance.samples) / 16_000))
        self.order.append(tenths)
        return MarvinTranscript(tenths)


async def test_client_that_drops_in_mid_word_leaves_the_others_undisturbed() -> None:
    engine = Waiting()
    async with fake_engines(transcriber=engine) as served, serving(served) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(line(type="audio-chunk", payload_length=1000) + b"\x00" * 10)
        writer.close()
        await writer.wait_closed()
        del reader
        async with Client(port) as gone, Client(port) as client:
            # It waits for its turn behind `gone`, which leaves during its own.
            await gone.ask(Transcribe(), *speech(pcm(1.0)))
            assert await asyncio.to_thread(engine.begun.acquire, timeout=300)
            await client.ask(Transcribe(), *speech(pcm(2.0)))
            await gone.disconnect()
            async with Client(port) as other:
                # By the time of its answer the server has noticed.
                await other.told(WyomingEvent("ping"))
            engine.may.release(2)
            events = await client.until("transcript")
        assert [event.data["text"] for event in events] == ["21"]
        # The engine has finished what nobody wanted any more, rather than being loaded again.
        assert engine.order == ["11", "21"]
        assert served.engines.transcriber.abandoned == 0


async def test_ten_clients_at_once_get_each_its_own_transcript() -> None:
    engine = Waiting()
    engine.may.release(10)
    async with fake_engines(transcriber=engine) as served, serving(served) as port:

        async def one(tenths: int) -> str:
            async with Client(port) as client:
                event = await client.told(*speech(pcm(tenths / 10), block=640))
                return str(event.data["text"])

        texts = await asyncio.gather(*(one(tenths) for tenths in range(3, 13)))
    # With the tenth of a second of silence that ends each.
    assert texts == [str(tenths + 1) for tenths in range(3, 13)]


async def test_call_of_a_client_gives_way_to_the_room_and_begins_again() -> None:
    engine = Waiting()
    async with (
        fake_engines(transcriber=engine) as served,
        serving(served) as port,
        Client(port) as one,
        Client(port) as two,
        Client(port) as three,
    ):
        for client in (one, two, three):
            await client.ask(*speech(pcm(1.0)))
        assert await asyncio.to_thread(engine.begun.acquire, timeout=300)
        room = asyncio.create_task(
            served.engines.transcriber.call(lambda _, token: engine.order.append("room"), 300)
        )
        await asyncio.sleep(0)
        engine.may.release(4)
        await room
        for client in (one, two, three):
            await client.until("transcript")
    assert engine.order == ["room", "11", "11", "11"]


async def test_too_many_clients_are_refused_until_one_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wyoming_server, "CLIENTS", 1)
    engine = FakeTranscriber(*["hello"] * 2)
    async with fake_engines(transcriber=engine) as served, serving(served) as port:
        async with Client(port) as first:
            assert (await first.told(*speech(pcm()))).data["text"] == "hello"
            async with Client(port) as second:
                (event,) = await second.until()
                assert event.data == {"text": "1 others are connected: try later", "code": "full"}
        async with asyncio.timeout(300):
            while True:
                async with Client(port) as third:
                    event = await third.told(WyomingEvent("ping"))
                if event.type == "pong":
                    break


async def test_silent_client_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_stream, "IDLE_S", 0.01)
    async with fake_engines() as served, serving(served) as port, Client(port) as client:
        assert await client.until() == []


async def test_audio_of_minutes_in_one_event_is_refused() -> None:
    async with fake_engines() as served, serving(served) as port, Client(port) as client:
        error = await client.told(AudioChunk(4_000, 1, 1, bytes(61 * 4_000)))
    assert error.data["text"] == "audio-chunk: more than 60 s of audio at once"


async def flood(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(line(type="ping", data={"text": "x" * 200}) * 1000)
        await writer.drain()


async def test_client_that_never_reads_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_stream, "EVENT_S", 0.05)
    monkeypatch.setattr(bounded_stream, "CLOSE_S", 0.05)
    async with fake_engines() as served, serving(served) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(ConnectionError):
            await flood(writer)
        writer.close()


async def test_client_that_vanishes_during_an_answer_is_no_bug() -> None:
    async def gone(item: object) -> None:
        raise ConnectionResetError

    async with fake_engines() as served:
        with pytest.raises(ConnectionResetError):
            await ClientConversation(served).answer("hello", "en", gone)
