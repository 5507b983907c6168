"""The engine on small checkpoints, with access to its internals."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import CancelToken
from marvin.config.llm import TransformersConfig
from marvin.hub.source import Source
from marvin.llm.gguf.gguf_model import GgufLanguageModel
from marvin.llm.transformers.in_process import TransformersLanguageModel
from marvin.types import Message

LoadGguf = Callable[..., GgufLanguageModel]
SYSTEM = Message("system", "You are Marvin, a voice assistant.")


def edit(folder: Path, name: str, **values: Any) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def user(text: str) -> Message:
    return Message("user", text)


def assistant(text: str) -> Message:
    return Message("assistant", text)


def load(folder: Path, place: Place = CPU, **values: Any) -> TransformersLanguageModel:
    return TransformersLanguageModel.load(TransformersConfig(model=str(folder), **values), place)


def answer(engine: TransformersLanguageModel, *messages: Message) -> str:
    return "".join(engine.generate(messages, CancelToken()))


def inside(folder: Path, place: Place = CPU) -> Any:
    """The loaded model of the engine from that folder."""
    from transformers import AutoModelForCausalLM

    return load_model(AutoModelForCausalLM, Source("llm.model", str(folder)), place)


@contextmanager
def before_each_step(folder: Path, react: Callable[[int], object]) -> Iterator[list[int]]:
    """Call `react` with the number of each step, from 1; yields the tokens that each step reads."""
    steps: list[int] = []

    def hook(_: Any, arguments: tuple[Any, ...]) -> None:
        steps.append(arguments[0].shape[-1])
        react(len(steps))

    handle = inside(folder).get_input_embeddings().register_forward_pre_hook(hook)
    try:
        yield steps
    finally:
        handle.remove()


@contextmanager
def counted(folder: Path) -> Iterator[list[int]]:
    """The number of tokens that each step reads."""
    with before_each_step(folder, lambda _: None) as steps:
        yield steps


def reference(folder: Path, messages: Sequence[Message], tokens: int) -> tuple[list[int], str]:
    """Prompt and answer from transformers' `generate`, greedy, without our cache."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        [{"role": message.role, "content": message.text} for message in messages],
        add_generation_prompt=True,
        return_tensors="pt",
    )
    written = model.generate(**prompt, max_new_tokens=tokens, do_sample=False)[0]
    ids = prompt["input_ids"][0].tolist()
    text: str = tokenizer.decode(written[len(ids) :], skip_special_tokens=True)
    return ids, text


def writing_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "writing" in thread.name]
