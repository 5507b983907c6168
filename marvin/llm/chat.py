"""A chat completion server through huggingface_hub: Hugging Face's own, or any that speaks OpenAI's
protocol (Ollama, llama.cpp, vLLM, LM Studio, `transformers serve`)."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from marvin.config.llm import ChatConfig
from marvin.errors import LanguageModelError
from marvin.llm.pacing import SilentError, paced
from marvin.llm.server import Server
from marvin.llm.session import CONNECT_S, RefusedError, prepare
from marvin.remote.retrying import BUSY, pause_s, retry_after_s
from marvin.types import Message

if TYPE_CHECKING:
    from huggingface_hub import ChatCompletionStreamOutput

_LOGGER = logging.getLogger(__name__)

_CHARACTERS_A_TOKEN = 10
"""More than any text has on average: a server that writes more does not heed `max_tokens`."""
_IDLE_S = 240.0
"""Servers free a model's memory after a while without questions; Ollama after five minutes."""
_LOAD_S = 300.0
"""Longest wait for a server that loads its model while nobody waits for words."""

_UNREADABLE = (ValueError, TypeError, AttributeError, RecursionError)
"""What huggingface_hub raises for an event that is no JSON, or none of this protocol."""


class _AgainError(LanguageModelError):
    """It may work another time."""

    def __init__(self, message: str, refused: RefusedError | None = None) -> None:
        super().__init__(message)
        self.refused = refused


class ChatLanguageModel:
    """Asks a server, again where that may help, and gives its words as they come."""

    def __init__(
        self,
        config: ChatConfig,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`now` is in seconds since the epoch."""
        self._config = config
        self._server = Server(config)
        self._sleep = sleep
        self._now = now
        self._reasons = False
        """Whether the model has been seen to think aloud before it answers."""
        self._heard_s: float | None = None
        """When the server last wrote something, on the loop's clock."""
        self._warming: asyncio.Task[None] | None = None

    @classmethod
    def load(cls, config: ChatConfig) -> "ChatLanguageModel":
        """Load the library here rather than in the first turn. Asks the network nothing."""
        prepare()
        return cls(config)

    def warm(self) -> None:
        """Have a server of the user's own load its model while the user still speaks.

        Ollama gives up loading when the one who asked goes away: a question that was not answered
        in time would leave the next one just as long a wait. Nobody is asked who is paid for it.
        """
        now = asyncio.get_running_loop().time()
        idle = self._heard_s is None or now - self._heard_s > _IDLE_S
        if self._server.own and idle and (self._warming is None or self._warming.done()):
            self._warming = asyncio.create_task(self._warm())

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Words as the server writes them; what it thinks aloud before is left out.

        Raises:
            LanguageModelError: No answer, or not the whole of it; where, why and what to do.
        """
        deltas = paced(
            self._asked(messages),
            name=self._server.name,
            first_token_s=self._config.first_token_s,
            answer_s=self._config.answer_s,
        )
        try:
            async with aclosing(deltas):
                async for delta in deltas:
                    yield delta
        except SilentError as error:
            raise LanguageModelError(f"{error}{self._excuse(error)}") from None

    async def close(self) -> None:
        """Hang up."""
        if self._warming is not None:
            self._warming.cancel()
            with suppress(asyncio.CancelledError):
                await self._warming

    async def _warm(self) -> None:
        question = [Message("system", self._config.system_prompt), Message("user", "Hello.")]
        try:
            async with asyncio.timeout(_LOAD_S), aclosing(self._streamed(question, 1)) as deltas:
                async for _ in deltas:
                    pass
        except (LanguageModelError, TimeoutError) as error:
            _LOGGER.debug("not warmed: %s", error)

    def _excuse(self, error: SilentError) -> str:
        if self._reasons:
            return ": it only thought aloud; use a model that does not, or switch that off"
        if error.late and self._server.own:
            return ": if it was loading its model, raise llm.first_token_s or have it stay loaded"
        if error.late:
            return ": raise llm.first_token_s, or name another model in llm.fallbacks"
        return f": {self._server.suspicion}"

    async def _asked(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """The answer, from the first connection that brings one."""
        loop = asyncio.get_running_loop()
        patience_ends = loop.time() + self._config.first_token_s
        tries = 0
        while True:
            tries += 1
            words = False
            try:
                async with aclosing(self._streamed(messages, self._config.max_tokens)) as deltas:
                    async for delta in deltas:
                        words = words or bool(delta.strip())
                        yield delta
                return
            except _AgainError as error:
                wait_s = self._wait_s(error.refused, tries)
                late = loop.time() + wait_s >= patience_ends
                if words or late or tries > self._config.retries:
                    raise
                _LOGGER.info("%s; asking again in %.1f s", error, wait_s)
            await self._sleep(wait_s)

    def _wait_s(self, refused: RefusedError | None, tries: int) -> float:
        if refused is None:
            return pause_s(tries)
        asked_s = retry_after_s(refused.retry_after, self._now())
        return pause_s(tries, asked_s, refused.estimated_s)

    async def _streamed(self, messages: Sequence[Message], tokens: int) -> AsyncGenerator[str]:
        """One request. Its connection is closed at the end, whatever ends it."""
        prepare()
        import httpx2
        from huggingface_hub import AsyncInferenceClient
        from huggingface_hub.errors import InferenceTimeoutError, TextGenerationError

        server, key = self._server, self._server.key()
        try:
            async with AsyncInferenceClient(base_url=self._config.base_url, token=key) as client:
                chunks = await client.chat_completion(
                    [{"role": message.role, "content": message.text} for message in messages],
                    model=server.model,
                    max_tokens=tokens,
                    temperature=self._config.temperature,
                    stream=True,
                )
                async with aclosing(self._texts(chunks, tokens * _CHARACTERS_A_TOKEN)) as texts:
                    async for text in texts:
                        yield text
        except RefusedError as fault:
            said = server.refused(fault, key, _private(messages))
            if fault.status in BUSY:
                raise _AgainError(said, fault) from None
            raise LanguageModelError(said) from None
        except (httpx2.ConnectError, httpx2.ProxyError) as error:
            raise LanguageModelError(server.unreachable(str(error))) from None
        except InferenceTimeoutError:
            raise LanguageModelError(server.unreachable(f"no answer in {CONNECT_S:g} s")) from None
        except TextGenerationError as error:
            said = server.failed(error.args[0], key, _private(messages))
            raise LanguageModelError(said) from None
        except httpx2.TransportError as error:
            said = f"{server.name} broke off ({type(error).__name__}): {server.suspicion}"
            raise _AgainError(said) from None
        except (httpx2.DecodingError, *_UNREADABLE) as error:
            _LOGGER.debug("%s: %r", server.name, error)
            said = f"{server.name} sent what is no chat completion: {server.suspicion}"
            raise LanguageModelError(said) from None

    async def _texts(
        self, chunks: "AsyncIterable[ChatCompletionStreamOutput]", characters: int
    ) -> AsyncGenerator[str]:
        """What is to be said of the chunks: neither thoughts nor calls of tools."""
        loop = asyncio.get_running_loop()
        written = 0
        try:
            async for chunk in chunks:
                self._heard_s = loop.time()
                # The first or the last may have no choice: it carries a name, or the bill.
                for choice in chunk.choices or ():
                    delta = choice.delta
                    if delta.get("reasoning_content") or delta.reasoning:
                        self._reasons = True
                    if not isinstance(delta.content, str):
                        continue
                    written += len(delta.content)
                    if written > characters:
                        _LOGGER.warning("%s does not heed max_tokens: cut", self._server.name)
                        return
                    yield delta.content
        except json.JSONDecodeError as error:
            # huggingface_hub knows the end only with a space before it.
            if error.doc != "[DONE]":
                raise


def _private(messages: Sequence[Message]) -> list[str]:
    return [message.text for message in messages if message.role != "system"]
