"""Peak memory by part: a recogniser and a language model in one process, against the plan.

    python -m benchmarks.speed.starter_memory WHISPER LLM [--dtype bfloat16]

WHISPER and LLM are checkpoints. Each part is loaded and given the most that it can get: 15 s of
noise, and a prompt that fills the history. `mapped` is code and mapped files, which the kernel can
reclaim. Linux only.
"""

from __future__ import annotations

import argparse
import threading
import time
from pathlib import Path

import numpy as np

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.llm import TransformersConfig
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.engines.placement.model_needs import needs
from marvin.engines.placement.plan import libraries_gb
from marvin.llm.transformers.in_process import TransformersLanguageModel
from marvin.mind.memory import Memory
from marvin.skills.skillset import Skillset
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Utterance

STEP_S = 0.01


def memory_mb() -> tuple[float, float]:
    """Anonymous and mapped memory of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    lines = dict(line.split(":", 1) for line in status.splitlines())
    anonymous, mapped = (
        int(lines[name].split()[0]) * 1024 / 1e6 for name in ("RssAnon", "RssFile")
    )
    return anonymous, mapped


class Peak:
    """The largest anonymous memory since the last row."""

    def __init__(self) -> None:
        self._peak_mb = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._peak_mb = max(self._peak_mb, memory_mb()[0])
            time.sleep(STEP_S)

    def row(self, name: str) -> float:
        anonymous, mapped = memory_mb()
        peak = max(self._peak_mb, anonymous)
        print(f"{name:24} peak {peak:5.0f}  left {anonymous:5.0f}  mapped {mapped:5.0f} MB")
        self._peak_mb = 0.0
        return peak + mapped


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("whisper", type=Path)
    parser.add_argument("llm", type=Path)
    parser.add_argument("--dtype", default="bfloat16")
    options = parser.parse_args()
    table = TransformersConfig(model=str(options.llm), max_tokens=8)
    config = Config(stt=WhisperConfig(model=str(options.whisper)), llm=table)
    place, token, peak = Place("cpu", options.dtype, 2), CancelToken(), Peak()
    most = []
    Skillset.load(config.skills)
    most.append(peak.row("code, skills"))
    hearer = WhisperTranscriber.load(config.stt, place)
    hearer.warm()
    most.append(peak.row("recogniser, warm"))
    noise = np.random.default_rng(1).normal(0.0, 0.05, 15 * RATE_HZ).astype(np.float32)
    hearer.transcribe(Utterance(noise, 0, 15.0, next(iter(Endpoint))), token)
    most.append(peak.row("15 s of noise"))
    writer = TransformersLanguageModel.load(table, place)
    writer.warm()
    most.append(peak.row("language model, warm"))
    talk = Memory(table, count=writer.count_tokens)
    for _ in writer.generate(talk.ask("why is the sky blue " * 500), token):
        pass
    most.append(peak.row("a full history"))
    found = needs(config)
    planned_mb = 1000 * (libraries_gb(found) + sum(one.memory_gb(options.dtype) for one in found))
    print(
        f"planned {planned_mb:.0f} MB, measured {max(most):.0f} MB ({planned_mb / max(most):.2f})"
    )


if __name__ == "__main__":
    main()
