"""A real Home Assistant uses Marvin by Wyoming for everything that its Assist does.

    python -m benchmarks.robustness.home_assistant_assist

Marvin serves with the embedded profile; Home Assistant adds it by the API of its own config flow,
asks `conversation.marvin` two questions of one conversation, and runs an Assist pipeline whose wake
word, speech to text, answer and speech are Marvin's, on samples/what_time_is_it.wav in real time.
Fails unless everything is answered.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.ratio_table import ROOT

from .home_assistant_server import RunningHome, running_home

PORT = 10_480
RECORDING = ROOT / "samples" / "what_time_is_it.wav"
AGENT = "conversation.marvin"
_BLOCK = 2048
_BYTES_PER_S = 32_000
_PIPELINE = {
    "type": "assist_pipeline/pipeline/create",
    "name": "Marvin",
    "language": "en",
    "conversation_engine": AGENT,
    "conversation_language": "en",
    "stt_engine": "stt.marvin",
    "stt_language": "en",
    "tts_engine": "tts.marvin",
    "tts_language": "en",
    "tts_voice": None,
    "wake_word_entity": "wake_word.marvin",
    "wake_word_id": "marvin",
}


@contextmanager
def marvin_serving() -> Iterator[None]:
    """`marvin serve`, with lists of its own."""
    address = f"tcp://127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "marvin", "serve", "--wyoming", address, "--json"]
    with tempfile.TemporaryDirectory() as state:
        environment = {**os.environ, "XDG_STATE_HOME": state}
        with subprocess.Popen(
            [*command, "--profile", "embedded"], stdout=subprocess.PIPE, env=environment
        ) as process:
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    if json.loads(line)["event"] == "serving":
                        break
                yield
            finally:
                process.terminate()


async def add(home: RunningHome) -> str:
    flow = "/api/config/config_entries/flow"
    begun = await home.post(flow, {"handler": "wyoming"})
    done = await home.post(f"{flow}/{begun['flow_id']}", {"host": "127.0.0.1", "port": PORT})
    assert done["type"] == "create_entry", done
    # Its entities appear a moment after the entry.
    async with asyncio.timeout(60):
        while True:
            try:
                return await home.state(AGENT)
            except Exception:  # noqa: BLE001 - not there yet
                await asyncio.sleep(0.5)


async def ask(home: RunningHome, text: str, conversation: str | None = None) -> tuple[str, str]:
    """The answer, and the conversation that it belongs to."""
    body = {"text": text, "agent_id": AGENT, "language": "en"}
    if conversation is not None:
        body["conversation_id"] = conversation
    answer = await home.post("/api/conversation/process", body)
    return answer["response"]["speech"]["plain"]["speech"], answer["conversation_id"]


async def assist(home: RunningHome) -> dict[str, Any]:
    """The results of a pipeline's stages, by the names of their events."""
    with wave.open(str(RECORDING)) as file:
        audio = bytes(_BYTES_PER_S) + file.readframes(file.getnframes()) + bytes(3 * _BYTES_PER_S)
    address = home.url.replace("http", "ws", 1) + "/api/websocket"
    async with connect(address, max_size=2**24, proxy=None) as socket:
        await socket.recv()
        await _send(socket, {"type": "auth", "access_token": home.token})
        await socket.recv()
        await _send(socket, {"id": 1, **_PIPELINE})
        pipeline = json.loads(await socket.recv())["result"]["id"]
        run = {"start_stage": "wake_word", "end_stage": "tts", "pipeline": pipeline, "timeout": 120}
        sound = {"sample_rate": 16_000, "timeout": 30}
        await _send(socket, {"id": 2, "type": "assist_pipeline/run", "input": sound, **run})
        results: dict[str, Any] = {}
        async with asyncio.TaskGroup() as group:
            while "run-end" not in results:
                message = json.loads(await socket.recv())
                if message["type"] != "event":
                    continue
                event = message["event"]
                results[event["type"]] = event["data"]
                if event["type"] == "run-start":
                    handler = event["data"]["runner_data"]["stt_binary_handler_id"]
                    speaking = group.create_task(_speak(socket, bytes([handler]), audio))
            speaking.cancel()
        if "error" in results:
            raise RuntimeError(f"the pipeline failed: {results['error']}")
        return results


async def _speak(socket: ClientConnection, handler: bytes, audio: bytes) -> None:
    began = time.monotonic()
    for at in range(0, len(audio), _BLOCK):
        await socket.send(handler + audio[at : at + _BLOCK])
        await asyncio.sleep(max(0.0, began + at / _BYTES_PER_S - time.monotonic()))
    await socket.send(handler)


async def _send(socket: ClientConnection, message: dict[str, Any]) -> None:
    await socket.send(json.dumps(message))


async def main() -> None:
    with marvin_serving():
        async with running_home(Path("build/home-assistant")) as home:
            await add(home)
            print("added: stt.marvin, tts.marvin, wake_word.marvin, conversation.marvin")
            added, conversation = await ask(home, "put milk on my shopping list")
            listed, _ = await ask(home, "what is on my shopping list", conversation)
            print(f"conversation: {added} {listed}")
            assert "milk" in listed, listed
            results = await assist(home)
            word = results["wake_word-end"]["wake_word_output"]["wake_word_phrase"]
            heard = results["stt-end"]["stt_output"]["text"]
            answer = results["intent-end"]["intent_output"]["response"]["speech"]["plain"]["speech"]
            print(f"pipeline: {word!r}, {heard!r}, {answer!r}, {results['tts-end']['tts_output']}")
            assert answer.startswith("It is "), answer


if __name__ == "__main__":
    asyncio.run(main())
