"""An instruct model in a GGUF file, run by llama.cpp in a process of its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from marvin.boundary.terminal import one_line
from marvin.cancellation import CancelToken
from marvin.errors import DeviceFailedError, LanguageModelError, ModelLoadError
from marvin.hub.gguf_header import read_header, read_template
from marvin.hub.source import Source, locate
from marvin.llm.chat.streamed_calls import StreamedCalls, call_pieces
from marvin.llm.gguf.llama_process import Answer, LlamaDiedError, LlamaProcess, LlamaRefusedError
from marvin.llm.tool_prompt import in_words, written_calls
from marvin.llm.tool_rules import described, with_tool_rules, written
from marvin.llm.turns import without_oldest_turn
from marvin.types import Message, Tool

if TYPE_CHECKING:
    from pathlib import Path

    from marvin.backends.pretrained.place import Place
    from marvin.config.llm import GgufConfig

_LOGGER = logging.getLogger(__name__)

_FULL = re.compile(r"failed to allocate|unable to allocate|out of memory|cannot allocate", re.I)
_UNKNOWN = re.compile(r"unknown (model architecture|pre-tokenizer type): '([^']*)'")
_BROKEN = re.compile(r"within the file bounds|failed to read|invalid magic|corrupted")
_REASON = re.compile(r"error loading model: (.*)")
_KILLED = "status -9"


class GgufLanguageModel:
    """Any model that llama.cpp runs. It keeps what it has read for the next turn."""

    def __init__(
        self, process: LlamaProcess, config: GgufConfig, source: Source, *, knows_tools: bool
    ) -> None:
        """`knows_tools`: its chat template has a place for them."""
        self._knows_tools = knows_tools
        self._process = process
        self._config = config
        self._source = source

    @classmethod
    def load(cls, config: GgufConfig, place: Place) -> GgufLanguageModel:
        """Start the process with the model.

        Raises:
            ModelLoadError: xllamacpp or the file is missing, or it cannot be loaded.
            DeviceFailedError: There is no GPU, or no memory.
        """
        source = Source("llm.model", config.model, config.revision, gguf=True)
        file = locate(source)
        header = read_header(file, source)
        _, _, index = place.device.partition(":")
        process = LlamaProcess(
            {
                "model": str(file),
                "context": min(config.context, header.context or config.context),
                "batch": config.batch,
                "threads": place.threads or 1,
                "gpu": None if place.device == "cpu" else int(index or 0),
            }
        )
        model = cls(process, config, source, knows_tools=_knows_tools(file))
        model._start(place)
        return model

    @property
    def pid(self) -> int | None:
        """The id of llama.cpp's process, or None if it is not running."""
        return self._process.pid

    def generate(self, messages: Sequence[Message], token: CancelToken) -> Iterator[str]:
        """Deltas as they are generated; empty ones while the prompt is read.

        Raises:
            LanguageModelError: The process died, or the question is too long.
            Cancelled: The token was cancelled.
        """
        return self._answer(messages, self._config.max_tokens, token)

    def generate_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool], token: CancelToken
    ) -> Iterator[str]:
        """The same, and then the tools that the model calls. Raises as `generate`."""
        told, calls, text = with_tool_rules(messages, tools), StreamedCalls(), ""
        if not self._knows_tools:
            for delta in self._answer(in_words(told, tools), self._config.max_tokens, token):
                text += delta
                yield delta
            yield from written_calls(text, tools)
            return
        limit = self._config.max_tokens
        yield from self._answer(
            told, limit, token, tools, lambda answer: calls.feed(call_pieces(answer))
        )
        yield from calls.calls(whole=False)

    def warm(self) -> None:
        """Read the system prompt, which starts every conversation, and generate one token."""
        hello = [Message("system", self._config.instructions), Message("user", "Hello.")]
        for _ in self._answer(hello, 1, CancelToken()):
            pass

    def ended(self) -> bool:
        """Whether the process has crashed, or was killed."""
        return self._process.ended

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def _answer(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        token: CancelToken,
        tools: Sequence[Tool] = (),
        on_calls: Callable[[Answer], None] = lambda answer: None,
    ) -> Iterator[str]:
        kept: Sequence[Message] | None = messages
        while kept:
            try:
                body = self._body(kept, max_tokens, tools)
                yield from self._process.ask(body, token, on_calls)
                return
            except LlamaRefusedError as error:
                if not error.too_long:
                    raise
                kept = without_oldest_turn(kept)
        raise LanguageModelError(
            f"the question is too long for {self._config.model}: raise llm.history_tokens"
        )

    def _body(
        self, messages: Sequence[Message], max_tokens: int, tools: Sequence[Tool]
    ) -> dict[str, object]:
        seed = {} if self._config.seed is None else {"seed": self._config.seed}
        offered = {"tools": described(tools)} if tools else {}
        return {
            "messages": [
                written(one) for one in messages if one.text or one.calls or one.role == "tool"
            ],
            **offered,
            "max_tokens": max_tokens,
            "temperature": self._config.temperature,
            "stream": True,
            "return_progress": True,
            # Reasoning is not spoken, and takes too long for a listener.
            "chat_template_kwargs": {"enable_thinking": False},
            **seed,
        }

    def _start(self, place: Place) -> None:
        try:
            self._process.start(CancelToken())
        except LlamaDiedError as error:
            raise self._reason(str(error), place) from None

    def _reason(self, what: str, place: Place) -> ModelLoadError | DeviceFailedError:
        """What llama.cpp's messages mean, and what to do."""
        words = self._process.last_words
        if what == "no GPU":
            return DeviceFailedError(
                f"llm.device = {place.device!r}: this build of xllamacpp has no GPU support: "
                "https://github.com/xorbitsai/xllamacpp has others"
            )
        if _FULL.search(words) or _KILLED in what:
            return DeviceFailedError(f"{self._source}: there is no memory for it")
        if unknown := _UNKNOWN.search(words):
            return ModelLoadError(
                f"{self._source}: llama.cpp does not know its {unknown[1]} {unknown[2]!r}: "
                "`pip install --upgrade xllamacpp`, or choose another model"
            )
        if _BROKEN.search(words):
            return ModelLoadError(
                f"{self._source}: the file is damaged or incomplete: fetch it again"
            )
        reason = _REASON.search(words)
        why = one_line(reason[1] if reason else ": ".join([what, *words.splitlines()[-1:]]))
        return ModelLoadError(f"{self._source} cannot be loaded by llama.cpp: {why}")


def _knows_tools(file: Path) -> bool:
    """Whether its chat template mentions them: llama.cpp drops what the template has no place for,
    and reads calls as the template writes them."""
    return re.search(r"\btools\b", read_template(file)) is not None
