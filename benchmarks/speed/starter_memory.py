"""Memory of a profile by part: listening and answering, against the plan.

    python -m benchmarks.speed.starter_memory [--profile starter]

Loads the profile's published models one after the other, as `marvin run` does all at once. Then
everything works with the most that it can get: the recogniser 15 s of noise, the language model a
full history while the voice speaks a long sentence. Child processes are included. `mapped` is code
and files, which the kernel can reclaim. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.published_profile import published_profile
from benchmarks.robustness.resources import child_pids
from marvin.cancellation import CancelToken
from marvin.config.llm import conversation_rules
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation.ear import load_ear
from marvin.engines.engine_set import EngineSet
from marvin.engines.placement.choice import look
from marvin.engines.workers.freed_memory import give_back
from marvin.engines.workers.worker import Worker
from marvin.mind.memory import Memory
from marvin.protocols import Synthesizer, Transcriber
from marvin.types import RATE_HZ, AudioChunk, Endpoint, Transcript, Utterance

STEP_S = 0.02
LIMIT_S = 600.0
SENTENCE = "The history of the house by the sea, " * 6 + "is long."


def memory_mb() -> tuple[float, float]:
    """Anonymous and mapped memory of this process and its children."""
    found = [one for pid in ("self", *child_pids()) if (one := _memory_mb(str(pid))) is not None]
    return sum(anonymous for anonymous, _ in found), sum(mapped for _, mapped in found)


def _memory_mb(pid: str) -> tuple[float, float] | None:
    """None if it has ended. Memory shared with its parent counts in part (PSS)."""
    try:
        text = Path("/proc", pid, "smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    lines = dict(line.split(":", 1) for line in text.splitlines()[1:])
    rss, anonymous, own = (
        int(lines[name].split()[0]) * 1024 / 1e6 for name in ("Rss", "Anonymous", "Pss_Anon")
    )
    return own, rss - anonymous


class Peak:
    """The largest memory since the last row."""

    def __init__(self) -> None:
        self._peak_mb = (0.0, 0.0)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._peak_mb = max(self._peak_mb, memory_mb())
            time.sleep(STEP_S)

    def row(self, name: str) -> float:
        """Prints what is left, and the peak before; returns the peak with what was mapped."""
        give_back()
        left, mapped = memory_mb()
        peak = max(self._peak_mb, (left, mapped))
        print(f"{name:30} {left:6.0f} {peak[0]:6.0f} {peak[1]:7.0f}", flush=True)
        self._peak_mb = (0.0, 0.0)
        return sum(peak)


def hear(engine: Transcriber, token: CancelToken) -> Transcript:
    noise = np.random.default_rng(1).normal(0.0, 0.05, 15 * RATE_HZ).astype(np.float32)
    return engine.transcribe(Utterance(noise, 0, 15.0, Endpoint.SILENCE), token)


def say(engine: Synthesizer, token: CancelToken) -> Iterator[AudioChunk]:
    return engine.synthesize(SENTENCE, token)


async def answer(engines: EngineSet, config: Config) -> None:
    """To a history that fills its budget."""
    memory = Memory(conversation_rules(config.llm))
    deltas = engines.language_model.reply(memory.ask("why is the sky blue " * 500))
    async for _ in deltas:
        pass


async def speak(engines: EngineSet) -> None:
    async for _ in engines.synthesizer.stream(say, LIMIT_S):
        pass


async def measure(config: Config) -> None:
    print(f"{'MB':30} {'left':>6} {'peak':>6} {'mapped':>7}")
    peak = Peak()
    most = [peak.row("Python and Marvin's code")]
    ear = load_ear(config)
    most.append(peak.row("ear"))
    engines = EngineSet(config)
    async with engines.running([engines.skills]):
        most.append(peak.row("skills"))
        parts: Sequence[tuple[str, str, Sequence[Worker[Any]]]] = (
            ("recogniser", config.stt.engine, [engines.transcriber]),
            ("language model", config.llm.engine, engines.generators),
            ("voice", config.tts.engine, [engines.synthesizer]),
        )
        for name, engine, workers in parts:
            for worker in workers:
                await worker.start()
            most.append(peak.row(f"{name}: {engine}"))
        listening = sum(memory_mb())
        await engines.transcriber.call(hear, LIMIT_S)
        most.append(peak.row("15 s of noise"))
        await asyncio.gather(answer(engines, config), speak(engines))
        most.append(peak.row("a full history, and speech"))
    planned = 1000 * look(config)[1].used_gb["cpu"]
    print(
        f"listening {listening:.0f} MB; answering at most {max(most):.0f} MB; planned "
        f"{planned:.0f} MB ({planned / max(most):.2f} of it)"
    )
    del ear


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--profile", default="starter")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as state:
        skills = SkillsConfig(state_dir=Path(state))
        asyncio.run(measure(published_profile(options.profile, skills=skills)))


if __name__ == "__main__":
    main()
