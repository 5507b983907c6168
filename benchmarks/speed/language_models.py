"""Time and memory of language models on the same weights: llama.cpp in Marvin, alone, transformers.

    python -m benchmarks.speed.language_models GGUF CHECKPOINT [--threads 2] [--rounds 5]

Each runs in a process of its own, has read the system prompt, and is asked the same questions in
turn, so that other load slows them all alike. Times are medians, with the minimum in brackets; CPU
time and memory are those of the process that computes, with its libraries. `llama.cpp alone` is
xllamacpp with its defaults, whose threads wait by spinning; `passive` has OMP_WAIT_POLICY=passive.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.process_cost import cpu_s, peak_mb
from marvin.backends.pretrained.place import Place
from marvin.backends.pretrained.threads import use_threads
from marvin.cancellation import CancelToken
from marvin.config.llm import GgufConfig, TransformersConfig
from marvin.config.tables import Config
from marvin.engines.placement.model_needs import needs
from marvin.llm.gguf.gguf_model import GgufLanguageModel
from marvin.llm.transformers.in_process import TransformersLanguageModel
from marvin.types import Message

QUESTIONS = Path(__file__).parents[1] / "accuracy" / "open_questions.toml"
TOKENS = 48
NAMES = ("gguf", "llama.cpp alone", "llama.cpp passive", "float32", "bfloat16")

Asked = Callable[[str], Iterator[str]]


def load(name: str, options: argparse.Namespace) -> tuple[Asked, int, Callable[[str], int] | None]:
    """How to ask it, the process that computes, and how to count tokens, if not by deltas."""
    if name.startswith("llama.cpp"):
        return alone(options), os.getpid(), None
    model: GgufLanguageModel | TransformersLanguageModel
    count = None
    if name == "gguf":
        config = GgufConfig(model=str(options.gguf), max_tokens=TOKENS)
        model = GgufLanguageModel.load(config, Place(threads=options.threads))
        pid = model.pid or 0
    else:
        use_threads(options.threads)
        table = TransformersConfig(model=str(options.checkpoint), max_tokens=TOKENS)
        model = TransformersLanguageModel.load(table, Place("cpu", name, options.threads))
        pid, count = os.getpid(), model.count_tokens
    model.warm()
    system = Message("system", GgufConfig().instructions)

    def ask(text: str) -> Iterator[str]:
        return model.generate([system, Message("user", text)], CancelToken())

    return ask, pid, count


def alone(options: argparse.Namespace) -> Asked:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(options.gguf)
    parameters.n_parallel, parameters.verbosity = 1, 0
    parameters.n_ctx = GgufConfig().context
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = options.threads
    server = xllamacpp.Server(parameters)
    system = {"role": "system", "content": GgufConfig().instructions}

    def ask(text: str) -> Iterator[str]:
        deltas: list[tuple[float, str]] = []

        def keep(chunk: dict[str, Any]) -> None:
            text = chunk["choices"][0]["delta"].get("content")
            deltas.append((time.monotonic(), text or ""))

        messages = [system, {"role": "user", "content": text}]
        body = {"messages": messages, "max_tokens": TOKENS, "temperature": 0, "stream": True}
        server.handle_chat_completions(body, keep)
        yield from (_Stamped(text, at) for at, text in deltas)

    list(ask("Hello."))
    return ask


class _Stamped(str):
    """A delta with the time at which it came: this engine passes none on before the last."""

    at: float

    def __new__(cls, text: str, at: float) -> _Stamped:
        made = super().__new__(cls, text)
        made.at = at
        return made


def serve(name: str, options: argparse.Namespace) -> None:
    """Answer the questions on stdin, one a line, with the figures of each."""
    ask, pid, count = load(name, options)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        began, before_s = time.monotonic(), cpu_s(pid)
        times: list[float] = []
        texts: list[str] = []
        for delta in ask(line.strip()):
            if delta:
                times.append(getattr(delta, "at", None) or time.monotonic())
                texts.append(delta)
        tokens = count("".join(texts)) if count else len(texts)
        figures = {
            "first_s": times[0] - began,
            "token_ms": 1000 * (times[-1] - times[0]) / max(1, tokens - 1),
            "cpu_ms": 1000 * (cpu_s(pid) - before_s) / tokens,
            "tokens": tokens,
            "peak_mb": peak_mb(pid),
        }
        print(json.dumps(figures), flush=True)


def planned_mb(gguf: Path) -> float:
    config = Config(llm=GgufConfig(model=str(gguf), max_tokens=TOKENS))
    return next(1000 * one.memory_gb("float32") for one in needs(config) if one.key == "llm")


def started(name: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
    environment = dict(os.environ)
    if name == "llama.cpp passive":
        environment["OMP_WAIT_POLICY"] = "passive"
    command = [sys.executable, "-m", "benchmarks.speed.language_models", *arguments]
    process = subprocess.Popen(
        [*command, "--serve", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def told(process: subprocess.Popen[str], question: str) -> dict[str, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{question}\n")
    process.stdin.flush()
    figures: dict[str, float] = json.loads(process.stdout.readline())
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("gguf", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES)
    parser.add_argument("--serve", choices=NAMES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options)
        return
    questions = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["questions"]
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(started(name, sys.argv[1:])) for name in options.only
        }
        every: dict[str, list[dict[str, float]]] = {name: [] for name in processes}
        names = deque(processes)
        for question in questions[: options.rounds]:
            for name in names:
                every[name].append(told(processes[name], question))
            names.rotate(1)
        for process in processes.values():
            assert process.stdin is not None
            process.stdin.close()
    print(f"{'':18} {'first token s':>15} {'ms a token':>15} {'CPU ms a token':>15} {'peak MB':>8}")
    for name, figures in every.items():
        cells = (
            f"{median(one[key] for one in figures):.{digits}f} "
            f"({min(one[key] for one in figures):.{digits}f})"
            for key, digits in (("first_s", 2), ("token_ms", 1), ("cpu_ms", 1))
        )
        peak = max(one["peak_mb"] for one in figures)
        planned = f" (planned {planned_mb(options.gguf):.0f})" * (name == "gguf")
        print(f"{name:18} " + " ".join(f"{cell:>15}" for cell in cells) + f" {peak:8.0f}{planned}")


if __name__ == "__main__":
    main()
