"""Pages at once on the same engines: `python -m benchmarks.speed.pages_at_once`.

    [--profile embedded] [--pages 1 2 4 8] [--questions 3] [--together]

Starts `marvin serve --http` and websocket clients that play a recorded question in real time, over
and over, as hands-free pages do. Prints, for each number of pages: the time from the end of the
question to the first audio at the client (median and 95th percentile), how many questions were
answered, the server's CPU in cores, and its memory. Needs Linux.

With `--together`, all pages hear the same question at the same time, as rooms of one home do: each
6 dB more quietly than the next one, over the same background. One of them should answer. Prints how
often it was the one that hears it most clearly, which is the last to report that.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
from websockets.asyncio.client import connect

from benchmarks.peers.processes import ROOT
from benchmarks.robustness.browser_page import served
from marvin.audio.reader import open_audio, read_blocks
from marvin.pcm import to_int16
from marvin.types import CHUNK_SAMPLES, RATE_HZ

_GAP_S = 6.0
"""Near silence after each question, for the reply."""
_NOISE = 3e-4
"""RMS of the background."""
_STEP_DB, _TOGETHER_S = 6.0, 0.02
"""Between two pages with `--together`: level, and time of the start."""


class Page:
    """A client without a browser."""

    def __init__(self, port: int, key: str, question: bytes) -> None:
        self.first_audio_s: list[float] = []
        self.answered = 0
        self._port, self._key, self._question = port, key, question
        self._thinking_at: float | None = None

    async def run(self, questions: int, offset_s: float) -> None:
        ticket = await asyncio.to_thread(self._ticket)
        address = f"ws://127.0.0.1:{self._port}/page/session?ticket={ticket}"
        async with connect(address) as socket:
            reading = asyncio.create_task(self._read(socket))
            await asyncio.sleep(offset_s)
            began, step = time.monotonic(), 2 * CHUNK_SAMPLES
            for at in range(0, questions * len(self._question), step):
                start = at % len(self._question)
                await socket.send(self._question[start : start + step])
                await asyncio.sleep(began + at / 2 / RATE_HZ - time.monotonic())
            reading.cancel()

    def _ticket(self) -> str:
        headers = {"Authorization": f"Bearer {self._key}"}
        url = f"http://127.0.0.1:{self._port}/page/ticket"
        with urlopen(Request(url, headers=headers, method="POST")) as response:
            return str(json.load(response)["ticket"])

    async def _read(self, socket) -> None:
        async for message in socket:
            if isinstance(message, bytes):
                if self._thinking_at is not None:
                    self.first_audio_s.append(time.monotonic() - self._thinking_at)
                    self._thinking_at = None
                played = int.from_bytes(message[:8], "little") + (len(message) - 8) // 2
                await socket.send(json.dumps({"command": "played", "value": played}))
                continue
            event = json.loads(message)
            if event.get("after") == "thinking":
                self._thinking_at = time.monotonic()
            self.answered += event.get("outcome") == "answered"


def cpu_s(pid: int) -> float:
    """Of a process and its children that it has now."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for thread in threads for child in thread.read_text().split()]
    own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(own[11]) + int(own[12])
    return ticks / os.sysconf("SC_CLK_TCK") + sum(cpu_s(int(child)) for child in children)


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def measure(
    server: tuple[int, str, int], count: int, questions: int, *, together: bool
) -> str:
    port, key, pid = server
    gains = [10 ** (-_STEP_DB * step / 20) if together else 1.0 for step in range(count)][::-1]
    asked = [question(ROOT / "samples/what_time_is_it.wav", gain) for gain in gains]
    pages = [Page(port, key, one) for one in asked]
    length_s = len(asked[0]) / 2 / RATE_HZ
    before, began = cpu_s(pid), time.monotonic()
    apart_s = _TOGETHER_S if together else length_s / count
    runs = [page.run(questions, at * apart_s) for at, page in enumerate(pages)]
    measuring = asyncio.gather(*runs)
    await asyncio.sleep(length_s)
    held_mb = memory_mb(pid)
    await measuring
    cores = (cpu_s(pid) - before) / (time.monotonic() - began)
    waits = sorted(wait for page in pages for wait in page.first_audio_s)
    answered = sum(page.answered for page in pages)
    asked_for = questions if together else count * questions
    clearest = f"  {pages[-1].answered:>2} by the clearest" if together else ""
    median, late = (np.percentile(waits, share) if waits else np.nan for share in (50, 95))
    return (
        f"{count:>5}  {median:7.2f} s  {late:7.2f} s  {answered:>3} of {asked_for:<3}"
        f"  {cores:5.2f}  {held_mb:6.0f} MB{clearest}"
    )


def question(path: Path, gain: float) -> bytes:
    with open_audio(path) as file:
        assert file.samplerate == RATE_HZ
        spoken = np.concatenate(list(read_blocks(file)))
    silence = np.zeros(round(_GAP_S * RATE_HZ), np.float32)
    samples = gain * np.concatenate((spoken, silence))
    samples += np.random.default_rng(0).normal(0.0, _NOISE, len(samples)).astype(np.float32)
    whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
    return to_int16(samples[:whole]).tobytes()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--profile", default="embedded")
    parser.add_argument("--pages", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--questions", type=int, default=3)
    parser.add_argument("--together", action="store_true")
    options = parser.parse_args(arguments)
    print("pages  first audio   95 %      answered    cores  memory")
    with (
        tempfile.TemporaryDirectory(prefix="marvin-pages-") as folder,
        # Apart, no two pages are in one home.
        served(
            options.profile, Path(folder), "" if options.together else "same_call_s = 0"
        ) as server,
    ):
        for count in options.pages:
            figures = measure(server, count, options.questions, together=options.together)
            print(asyncio.run(figures), flush=True)


if __name__ == "__main__":
    main()
