"""A chat completion server: Hugging Face's own, or any that speaks OpenAI's protocol (Ollama,
llama.cpp, vLLM, LM Studio, `transformers serve`)."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from marvin.backends.remote.retrying import BUSY, pause_s, retry_after_s
from marvin.backends.remote.wording import reason
from marvin.boundary.files import parse_json
from marvin.boundary.redaction import quotation
from marvin.config.llm import ChatConfig
from marvin.errors import LanguageModelError
from marvin.llm.chat.chat_server import ChatServer
from marvin.llm.chat.completion import (
    CompletionError,
    NoCompletionError,
    Part,
    read_event,
    read_value,
)
from marvin.llm.chat.event_stream import TooLongError, events
from marvin.llm.chat.http_session import (
    LONGEST_WHOLE,
    RefusedError,
    asked,
    beginning,
    certificates,
    kind,
)
from marvin.llm.pacing import SilentError, paced
from marvin.types import Message

if TYPE_CHECKING:
    import httpx2

_LOGGER = logging.getLogger(__name__)

_CHARACTERS_A_TOKEN = 10
"""More than any text has on average: a server that writes more does not heed `max_tokens`."""
_IDLE_S = 240.0
"""Servers free a model's memory after a while without questions; Ollama after five minutes."""
_LOAD_S = 300.0
"""Longest wait for a server that loads its model while nobody waits for words."""


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
        self._server = ChatServer(config)
        self._sleep = sleep
        self._now = now
        self._reasons = False
        """Whether the model has been seen to think aloud before it answers."""
        self._calls = False
        """Whether it has been seen to call tools, though it was offered none."""
        self._heard_s: float | None = None
        """When the server last wrote something, on the loop's clock."""
        self._warming: asyncio.Task[None] | None = None

    @classmethod
    def load(cls, config: ChatConfig) -> "ChatLanguageModel":
        """Load the library here rather than in the first turn. Asks the network nothing."""
        certificates()
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
        if self._calls:
            return ": it only called tools, and has none; use another model"
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
        import httpx2

        server, key = self._server, self._server.key()
        body = {
            "model": server.model,
            "messages": [{"role": one.role, "content": one.text} for one in messages],
            "max_tokens": tokens,
            "temperature": self._config.temperature,
            "stream": True,
        }
        try:
            async with (
                asked(server.completions, key, body) as response,
                aclosing(self._parts(response)) as parts,
                aclosing(self._texts(parts, tokens * _CHARACTERS_A_TOKEN)) as texts,
            ):
                async for text in texts:
                    yield text
        except (RefusedError, CompletionError) as fault:
            raise self._told(fault, key) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise LanguageModelError(server.unreachable(reason(error))) from None
        except httpx2.TransportError as error:
            said = f"{server.name} broke off ({type(error).__name__}): {server.suspicion}"
            raise _AgainError(said) from None
        except TooLongError:
            said = f"{server.name} sent an event that does not end: {server.suspicion}"
            raise LanguageModelError(said) from None
        except (httpx2.DecodingError, httpx2.InvalidURL, NoCompletionError):
            said = f"{server.name} sent what is no chat completion: {server.suspicion}"
            raise LanguageModelError(said) from None

    def _told(self, fault: RefusedError | CompletionError, key: str) -> LanguageModelError:
        """What a fault means. What the server says of it is for DEBUG alone."""
        _LOGGER.debug("%s says: %s", self._server.name, quotation(fault.body, key))
        if isinstance(fault, CompletionError):
            if fault.status is None:
                return LanguageModelError(self._server.failed())
            fault = RefusedError(fault.status, fault.body.encode())
        said = self._server.refused(fault)
        return _AgainError(said, fault) if fault.status in BUSY else LanguageModelError(said)

    async def _parts(self, response: "httpx2.Response") -> AsyncGenerator[Part]:
        """Of a stream, or of the whole answer of a server that does not stream."""
        if kind(response) == "application/json":
            body = await beginning(response, LONGEST_WHOLE)
            try:
                value = parse_json(body)
            except ValueError:
                value = None
            if not (isinstance(value, dict) and value.get("choices")):
                raise RefusedError(200, body, path=response.request.url.path)
            for part in read_value(value):
                yield part
            return
        async for event in events(response.aiter_bytes()):
            for part in read_event(event):
                yield part

    async def _texts(self, parts: AsyncIterator[Part], characters: int) -> AsyncGenerator[str]:
        """What is to be said of them: neither thoughts nor calls of tools."""
        loop = asyncio.get_running_loop()
        written = 0
        async for part in parts:
            self._heard_s = loop.time()
            if part.ends:
                return
            self._reasons = self._reasons or part.thinks
            self._calls = self._calls or part.calls
            if not part.text or (part.whole and written):
                continue
            written += len(part.text)
            if written > characters:
                _LOGGER.warning("%s does not heed max_tokens: cut", self._server.name)
                return
            yield part.text
