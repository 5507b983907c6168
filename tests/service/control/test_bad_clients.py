"""Misbehaving clients get an answer or are disconnected, and others are served."""

import asyncio
import os
import random
from contextlib import closing
from pathlib import Path

import pytest

from marvin.errors import ControlError
from marvin.service.control.control_server import CLIENTS
from marvin.service.control.requests import MESSAGE_BYTES, parse
from tests.service.control.daemon import Daemon, Deaf, running
from tests.service.control.random_messages import random_message

STATUS = b'{"command": "status"}'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"status", "not JSON"),
        (b"", "not JSON"),
        (b'{"command": "status"', "not JSON"),
        (b'{"command": "status"} {"command": "status"}', "not JSON"),
        (b"\0\0\0\0", "not JSON"),
        (b'{"command": "say", "text": "a\0b"}', "not JSON"),
        ('{"command": "status"}'.encode("utf-16"), "not UTF-8"),
        (b'{"command": "say", "text": "\xff\xfe"}', "not UTF-8"),
        (b"[" * 60_000, "nested too deeply"),
        (b'{"a":' * 12_000 + b"1" + b"}" * 4_000, "nested too deeply"),
        (b"1" * 60_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", '"command" is missing'),
        (b'{"command": 5}', '"command" is missing or not a string'),
        (b'{"command": ["status"]}', '"command" is missing or not a string'),
        (b'{"command": "stauts"}', "unknown command 'stauts': choose from status, listen"),
        (b'{"command": "\\ud800\\n"}', r"unknown command '\ud800\n'"),
        (b'{"command": "say"}', '"say" needs the string "text"'),
        (b'{"command": "say", "text": 5}', '"say" needs the string "text"'),
        (b'{"command": "say", "text": {"a": 1}}', '"say" needs the string "text"'),
        (b'{"command": "say", "text": " \\n\\u0000 "}', "nothing to say"),
        (b'{"command": "say", "text": "\\ud800"}', "nothing to say"),
        (b'{"command": "stop", "text": "now"}', "has no field 'text'"),
        (b'{"command": "announce", "text": "a"}', '"announce" needs the string "room"'),
    ],
)
def test_error_describes_a_bad_message(line: bytes, why: str) -> None:
    with pytest.raises(ControlError) as raised:
        parse(line)
    assert why in str(raised.value)


def test_unspeakable_characters_are_removed_from_a_text() -> None:
    text = b'{"command": "say", "text": "a\\u0000b\\ud83dc \\u00e4\\ud83d\\ude00"}'
    assert parse(text).text == "a b c ä😀"


def test_long_name_is_not_repeated_in_full() -> None:
    with pytest.raises(ControlError) as raised:
        parse(b'{"command": "' + b"x" * 10_000 + b'"}')
    assert len(str(raised.value)) < 300


async def still_serves(daemon: Daemon) -> bool:
    client = await daemon.connect()
    answer = await client.ask(STATUS)
    client.close()
    return answer["ok"] is True


async def test_client_may_ask_again_after_a_bad_message(path: Path) -> None:
    async with running(path) as daemon:
        client = await daemon.connect()
        assert (await client.ask(b"what?"))["ok"] is False
        assert (await client.ask(STATUS))["ok"] is True


async def test_message_of_10_mb_is_refused_before_it_is_read(path: Path) -> None:
    async with running(path) as daemon:
        client = await daemon.connect()
        client.writer.write(b"x" * 10_000_000)
        assert (await client.read())["error"] == f"the request is longer than {MESSAGE_BYTES} bytes"
        assert await client.is_closed()
        assert await still_serves(daemon)


async def test_maximum_message_length_is_exact(path: Path) -> None:
    async with running(path) as daemon:
        client = await daemon.connect()
        padded = STATUS.ljust(MESSAGE_BYTES)
        assert (await client.ask(padded))["ok"] is True
        assert "longer" in str((await client.ask(padded + b" "))["error"])


async def test_client_may_leave_in_the_middle_of_a_message(path: Path) -> None:
    async with running(path) as daemon:
        for _ in range(2 * CLIENTS):
            client = await daemon.connect()
            await client.write(STATUS[:10])
            client.close()
        assert await still_serves(daemon)


async def test_client_may_leave_before_its_answer(path: Path) -> None:
    async with running(path) as daemon:
        for _ in range(2 * CLIENTS):
            client = await daemon.connect()
            await client.write(STATUS + b"\n" + STATUS + b"\n")
            client.close()
        assert await still_serves(daemon)


async def test_of_200_simultaneous_clients_32_are_served_and_the_rest_told_why(path: Path) -> None:
    async with running(path) as daemon:
        clients = [await daemon.connect() for _ in range(200)]
        served, refused = clients[:CLIENTS], clients[CLIENTS:]
        for client in refused:
            answer = await client.read()
            assert answer["error"] == f"{CLIENTS} others are connected: try again"
            assert await client.is_closed()
        for client in served:
            assert (await client.ask(STATUS))["ok"] is True
        served[0].close()
        # The place is free once the daemon has noticed.
        while not await still_admits(daemon):
            pass


async def still_admits(daemon: Daemon) -> bool:
    client = await daemon.connect()
    try:
        return (await client.ask(STATUS))["ok"] is True
    except ConnectionError:
        return False
    finally:
        client.close()


async def test_other_user_is_refused(path: Path) -> None:
    async with running(path, is_ours=lambda connected: False) as daemon:
        client = await daemon.connect()
        assert await client.read() == {"ok": False, "error": "this Marvin belongs to another user"}
        assert await client.is_closed()
        assert daemon.assistant.done == []


async def test_silent_client_is_disconnected(path: Path) -> None:
    async with running(path, patience_s=0.05) as daemon:
        client = await daemon.connect()
        assert await client.is_closed()


async def test_client_that_sends_byte_by_byte_is_disconnected(path: Path) -> None:
    async with running(path, patience_s=0.05) as daemon:
        client = await daemon.connect()

        async def drip() -> None:
            while True:
                await client.write(b" ")
                await asyncio.sleep(0.001)

        dripping = asyncio.create_task(drip())
        assert await client.is_closed()
        dripping.cancel()
        await asyncio.wait([dripping])
        dripping.cancelled() or dripping.exception()


async def test_client_that_never_reads_is_disconnected(path: Path) -> None:
    async with running(path, patience_s=0.05) as daemon:
        daemon.assistant.figures = {"long": "x" * 500_000}
        with closing(Deaf(path, (STATUS + b"\n") * 100)) as deaf:
            await deaf.let_go()
        assert len(daemon.assistant.done) < 100, "answers that nobody reads are not made"
        assert await still_serves(daemon)


async def test_flood_of_messages_lets_others_through(path: Path) -> None:
    async with running(path) as daemon:
        flooding = await daemon.connect()
        patient = await daemon.connect()
        flooding.writer.write(b'{"command": "stop"}\n' * 3_000)
        patient.writer.write(b'{"command": "listen"}\n')
        assert await patient.read() == {"ok": True}
        assert daemon.assistant.done.index("listen") < 10
        for _ in range(3_000):
            assert await flooding.read() == {"ok": True}


async def test_2000_random_messages_are_answered_or_their_client_disconnected(path: Path) -> None:
    rng = random.Random(5)
    async with running(path) as daemon:
        open_files = len(os.listdir("/dev/fd"))
        client = await daemon.connect()
        answers = 0
        for number in range(2_000):
            message = random_message(rng)
            try:
                await client.write(message + b"\n")
                for _ in range(message.count(b"\n") + 1):
                    answer = await client.read()
                    assert isinstance(answer["ok"], bool) or "event" in answer
                    answers += 1
            except ConnectionError:
                assert len(message) > MESSAGE_BYTES, (number, message)
            if len(message) > MESSAGE_BYTES or b'"events"' in message:
                client.close()
                client = await daemon.connect()
        client.close()
        assert answers > 1_500
        assert await still_serves(daemon)
    assert len(os.listdir("/dev/fd")) <= open_files
