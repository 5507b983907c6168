"""The control server's commands, with well-behaved clients."""

import asyncio
import json
from pathlib import Path

import pytest

from marvin import __version__
from marvin.service.control.claim import claimed
from marvin.service.control.control_server import ControlServer
from tests.service.control.daemon import NO_MODEL, FakeAssistant, running


async def test_every_command_does_what_its_name_says(path: Path) -> None:
    async with running(path) as daemon:
        client = await daemon.connect()
        for command in ("listen", "stop", "mute", "unmute", "reload"):
            assert await client.ask(f'{{"command": "{command}"}}'.encode()) == {"ok": True}
        said = await client.ask(b'{"command": "say", "text": "Dinner  is\\n ready."}')
        assert said == {"ok": True}
        assert daemon.assistant.done == [
            "listen",
            "stop",
            True,
            False,
            "reload",
            "Dinner is ready.",
        ]


@pytest.mark.parametrize(
    ("question", "answer"), [("what time  is it", "It is noon."), ("why is it so late", NO_MODEL)]
)
async def test_typed_question_gets_the_answer(path: Path, question: str, answer: str) -> None:
    async with running(path) as daemon:
        client = await daemon.connect()
        asked = json.dumps({"command": "ask", "text": question}).encode()
        assert await client.ask(asked) == {"ok": True, "text": answer}
        empty = await client.ask(b'{"command": "ask", "text": " "}')
        assert empty == {"ok": False, "error": "nothing to ask"}


async def test_status_is_the_assistant_s_with_version_and_process(path: Path) -> None:
    async with running(path) as daemon:
        client = await daemon.connect()
        answer = await client.ask(b'{"command": "status"}')
        assert answer.items() >= {"ok": True, "state": "idle", "wakes": 3}.items()
        assert answer["version"] == __version__
        assert isinstance(answer["pid"], int)


async def test_number_that_json_lacks_is_null(path: Path) -> None:
    async with running(path) as daemon:
        daemon.assistant.figures = {"level": float("-inf"), "levels": [float("nan"), 1.5]}
        client = await daemon.connect()
        answer = await client.ask(b'{"command": "status"}')
        assert (answer["level"], answer["levels"]) == (None, [None, 1.5])


async def test_refusal_says_why(path: Path) -> None:
    async with running(path) as daemon:
        daemon.assistant.refuses = "it is muted: `marvin unmute` first"
        client = await daemon.connect()
        answer = await client.ask(b'{"command": "listen"}')
        assert answer == {"ok": False, "error": "it is muted: `marvin unmute` first"}


async def test_wrong_models_toml_comes_back_with_every_problem(path: Path) -> None:
    async with running(path) as daemon:
        daemon.assistant.problems = ["wake.treshold: no such key", "tts.rate: too high"]
        client = await daemon.connect()
        answer = await client.ask(b'{"command": "reload"}')
        assert answer["ok"] is False
        assert answer["problems"] == daemon.assistant.problems


async def test_broken_skill_file_is_told_by_a_reload(path: Path) -> None:
    async with running(path) as daemon:
        daemon.assistant.skill_problems = ["garden.py:4: SyntaxError: invalid syntax"]
        client = await daemon.connect()
        answer = await client.ask(b'{"command": "reload"}')
        assert answer == {"ok": True, "skills": daemon.assistant.skill_problems}


async def test_bug_in_a_command_ends_neither_the_client_nor_the_daemon(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(path) as daemon:
        daemon.assistant.bug = ZeroDivisionError("a bug")
        client = await daemon.connect()
        answer = await client.ask(b'{"command": "stop"}')
        assert "internal error" in str(answer["error"])
        assert "ZeroDivisionError" in caplog.text
        daemon.assistant.bug = None
        assert await client.ask(b'{"command": "stop"}') == {"ok": True}


async def test_reloads_run_one_at_a_time(path: Path) -> None:
    async with running(path) as daemon:
        began = asyncio.Event()
        go_on = asyncio.Event()
        under_way: list[int] = []

        async def reload() -> list[str]:
            under_way.append(1)
            assert len(under_way) == 1
            began.set()
            await go_on.wait()
            under_way.pop()
            return []

        daemon.assistant.reload = reload  # type: ignore[method-assign]
        first, second, third = [await daemon.connect() for _ in range(3)]
        await first.write(b'{"command": "reload"}\n')
        await began.wait()
        await second.write(b'{"command": "reload"}\n')
        # Another client is answered in the meantime, and the second reload has not started.
        assert await third.ask(b'{"command": "stop"}') == {"ok": True}
        assert await third.ask(b'{"command": "stop"}') == {"ok": True}
        go_on.set()
        assert (await first.read(), await second.read()) == ({"ok": True}, {"ok": True})


async def test_answer_arrives_although_the_client_has_closed_its_side(path: Path) -> None:
    async with running(path) as daemon:
        client = await daemon.connect()
        client.writer.write(
            b'{"command": "stop"}'
        )  # Without a line feed, as from `printf | nc -U`.
        client.writer.write_eof()
        assert await client.read() == {"ok": True}
        assert await client.is_closed()


async def test_stopping_disconnects_clients_and_removes_the_socket(path: Path) -> None:
    with claimed(path) as listening:
        server = ControlServer(listening, FakeAssistant())
        serving = asyncio.create_task(server.run())
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b'{"command": "events"}\n')
        assert await reader.readline() == b'{"ok": true}\n'
        serving.cancel()
        await asyncio.wait([serving])
        assert await reader.read() == b""
        writer.close()
    with pytest.raises(FileNotFoundError):
        await asyncio.open_unix_connection(str(path))
