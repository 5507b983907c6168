"""A chat completions server: Hugging Face's, or any that is compatible with OpenAI's (Ollama,
llama.cpp, vLLM, LM Studio, `transformers serve`)."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from marvin.backends.remote.account import certificates
from marvin.backends.remote.retrying import BUSY, pause_s, retry_after_s
from marvin.backends.remote.wording import reason
from marvin.boundary.files import parse_json
from marvin.boundary.redaction import quotation
from marvin.config.llm import ChatConfig, takes_tools
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
    kind,
)
from marvin.llm.chat.refused_tools import refuses_tools
from marvin.llm.chat.sent_audio import AudioRefusedError, SentAudio, refuses_audio, with_audio
from marvin.llm.chat.streamed_calls import StreamedCalls
from marvin.llm.pacing import SilentError, paced
from marvin.llm.tool_rules import described, with_tool_rules, written
from marvin.types import Message, Tool

if TYPE_CHECKING:
    import httpx2

_LOGGER = logging.getLogger(__name__)

_CHARACTERS_A_TOKEN = 10
"""More than any text has on average: a server that sends more ignores `max_tokens`."""
_IDLE_S = 240.0
"""Servers unload an idle model; Ollama after five minutes."""
_LOAD_S = 300.0
"""Time limit for loading a model in the background."""


class _AgainError(LanguageModelError):
    """A retry may help."""

    def __init__(self, message: str, refused: RefusedError | None = None) -> None:
        super().__init__(message)
        self.refused = refused


class _ToolsRefusedError(Exception):
    """The model or its server knows no tools."""


class ChatLanguageModel:
    """Asks a server, with retries, and streams its answer."""

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
        """The model has been seen to emit reasoning before its answer."""
        self._calls = False
        """The model has been seen to call tools, although it was offered none."""
        self._takes_tools = takes_tools(config)
        """It is configured so, and the server has not refused them."""
        self._audio = SentAudio(config.audio)
        self._last_output_s: float | None = None
        """Loop time of the server's last output."""
        self._warming: asyncio.Task[None] | None = None

    @classmethod
    def load(cls, config: ChatConfig) -> "ChatLanguageModel":
        """Load the library here rather than in the first turn. Makes no request."""
        certificates()
        return cls(config)

    def warm(self) -> None:
        """Have the user's own server load its model while the user is still speaking.

        Ollama stops loading when the client disconnects: after a timeout the next question would
        wait just as long. Paid servers are never warmed.
        """
        now = asyncio.get_running_loop().time()
        idle = self._last_output_s is None or now - self._last_output_s > _IDLE_S
        if self._server.own and idle and (self._warming is None or self._warming.done()):
            self._warming = asyncio.create_task(self._warm())

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Deltas as the server sends them, without reasoning.

        Raises:
            LanguageModelError: No answer, or an incomplete one; says where, why and what to do.
        """
        return self.reply_with_tools(messages, ())

    async def reply_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        """The same, with the tools that the model calls. Raises LanguageModelError."""
        deltas = paced(
            self._with_retries(messages, tools),
            name=self._server.name,
            first_token_s=self._config.first_token_s,
            answer_s=self._config.answer_s,
        )
        try:
            async with aclosing(deltas):
                async for delta in deltas:
                    yield delta
        except SilentError as error:
            raise LanguageModelError(f"{error}{self._hint(error)}") from None

    async def close(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            with suppress(asyncio.CancelledError):
                await self._warming

    async def _warm(self) -> None:
        question = [Message("system", self._config.instructions), Message("user", "Hello.")]
        try:
            async with (
                asyncio.timeout(_LOAD_S),
                aclosing(self._streamed(question, 1, ())) as deltas,
            ):
                async for _ in deltas:
                    pass
        except (LanguageModelError, TimeoutError) as error:
            _LOGGER.debug("not warmed: %s", error)

    def _hint(self, error: SilentError) -> str:
        if self._reasons:
            return ": it only sent reasoning; use a model that does not, or switch that off"
        if self._calls:
            return ": it only called tools, and was offered none; use another model"
        if error.late and self._server.own:
            return ": if it was loading its model, raise llm.first_token_s or keep it loaded"
        if error.late:
            return ": raise llm.first_token_s, or name another model in llm.fallbacks"
        return f": {self._server.suspicion}"

    async def _with_retries(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        """The answer, with retries until the first delta."""
        loop = asyncio.get_running_loop()
        patience_ends = loop.time() + self._config.first_token_s
        tries = 0
        while True:
            tries += 1
            words = False
            try:
                offered = tools if self._takes_tools else ()
                asked = self._audio.messages(messages, self._server.name)
                answer = self._streamed(asked, self._config.max_tokens, offered)
                async with aclosing(answer) as deltas:
                    async for delta in deltas:
                        words = words or bool(delta.strip())
                        yield delta
                return
            except _ToolsRefusedError:
                _LOGGER.warning("%s takes no tools: it is asked without them", self._server.name)
                self._takes_tools = False
                continue
            except AudioRefusedError:
                self._audio.refused(messages, self._server.name)
                continue
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

    async def _streamed(
        self, messages: Sequence[Message], tokens: int, tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        """The answer to one request."""
        import httpx2

        server, key = self._server, self._server.key()
        body = {
            "model": server.model,
            "messages": [with_audio(written(one), one) for one in with_tool_rules(messages, tools)],
            "max_tokens": tokens,
            "temperature": self._config.temperature,
            "stream": True,
        }
        if tools:
            body["tools"] = described(tools)
        try:
            async with (
                asked(server.completions, key, body) as response,
                aclosing(self._parts(response)) as parts,
                aclosing(self._texts(parts, tokens * _CHARACTERS_A_TOKEN, tools)) as texts,
            ):
                async for text in texts:
                    yield text
        except (RefusedError, CompletionError) as fault:
            if tools and refuses_tools(fault):
                raise _ToolsRefusedError from None
            if refuses_audio(fault, messages):
                raise AudioRefusedError from None
            raise self._error_for(fault, key) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise LanguageModelError(server.unreachable(reason(error))) from None
        except httpx2.TransportError as error:
            message = f"{server.name} broke off ({type(error).__name__}): {server.suspicion}"
            raise _AgainError(message) from None
        except TooLongError:
            message = f"{server.name} sent an endless event: {server.suspicion}"
            raise LanguageModelError(message) from None
        except (httpx2.DecodingError, httpx2.InvalidURL, NoCompletionError):
            message = f"{server.name} did not send a chat completion: {server.suspicion}"
            raise LanguageModelError(message) from None

    def _error_for(self, fault: RefusedError | CompletionError, key: str) -> LanguageModelError:
        """The error for a fault. The server's own message is only logged at DEBUG."""
        _LOGGER.debug("%s says: %s", self._server.name, quotation(fault.body, key))
        if isinstance(fault, CompletionError):
            if fault.status is None:
                return LanguageModelError(self._server.failed())
            fault = RefusedError(fault.status, fault.body.encode())
        message = self._server.refused(fault)
        return _AgainError(message, fault) if fault.status in BUSY else LanguageModelError(message)

    async def _parts(self, response: "httpx2.Response") -> AsyncGenerator[Part]:
        """From a stream, or from the whole answer of a server that does not stream."""
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

    async def _texts(
        self, parts: AsyncIterator[Part], characters: int, tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        """Text to speak, without reasoning, and then the calls, if there are `tools` to call."""
        loop = asyncio.get_running_loop()
        written = 0
        calls = StreamedCalls()
        finished = cut = False
        async for part in parts:
            self._last_output_s = loop.time()
            finished, cut = finished or part.finished or part.ends, cut or part.cut
            if part.ends:
                break
            self._reasons = self._reasons or part.thinks
            self._calls = self._calls or bool(part.calls and not tools)
            calls.feed(part.calls, whole=part.whole)
            if not part.text or (part.whole and written):
                continue
            written += len(part.text)
            if written > characters:
                _LOGGER.warning("%s ignores max_tokens: answer cut off", self._server.name)
                return
            yield part.text
        for call in calls.calls(whole=finished and not cut) if tools else ():
            yield call
