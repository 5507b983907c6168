"""The language model's answer to a question, with the tools that it calls for it.

What a tool returns is data. It may have been written by anybody, so text from outside never starts
a tool without the user:

- Calls count only if they arrive as calls, in the answer to a question of the user.
- Once a result from outside is in the conversation, every further call of the turn is made only
  after the user's yes. Calls that were asked for together with it are not further ones: they were
  written before the result came.
- In later turns that still remember an answer with such a result, calls that act need a yes.
- Results themselves are never remembered, only what the user has heard of them.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from marvin.config.tables import TurnConfig
from marvin.errors import StageError
from marvin.events import ToolUsed
from marvin.languages.translation import speaking_in, tr, worded
from marvin.mind.exchange import Exchange, PendingCalls
from marvin.mind.memory import Memory
from marvin.mind.spoken_text import SpokenText, spoken_sentences
from marvin.mind.tools.offered import (
    Caller,
    OfferedTool,
    ToolError,
    ToolResult,
    Tools,
    arguments_of,
    result_text,
)
from marvin.mind.written_answer import ONE_MOMENT, PATIENCE_S, WrittenAnswer
from marvin.protocols import LanguageModel, ToolCaller
from marvin.skills.tool_confirmation import CONFIRM
from marvin.types import Ask, Message, Notice, ReplyItem, Samples, Say, ToolCall

_LOGGER = logging.getLogger(__name__)

MindItem = ReplyItem | ToolUsed
"""What a mind answers with, in order."""
_TOOL_PATIENCE_S = 1.0
"""The same for a tool."""
_DECIDES_S = 6.0
"""How long the model may take to call a tool, where Marvin could already refuse."""


class ModelAnswer:
    """Begins to write at once. Tools run only while `items` is iterated."""

    def __init__(
        self,
        model: LanguageModel,
        memory: Memory,
        tasks: asyncio.TaskGroup,
        config: TurnConfig,
        *,
        about: str | PendingCalls,
        heard: tuple[Samples, ...] = (),
        caller: Caller,
        toolbox: Tools | None = None,
        spoken: bool = True,
        replaces_refusal: bool = False,
    ) -> None:
        """`about` is a question, or what the user has said yes to; `heard`: the question as it was
        said. `spoken`: somebody waits without a sign; a typed question shows its own.
        `replaces_refusal`: nothing is said unless a tool of a server is called with success, or the
        user is asked about one."""
        self._model = model
        self._memory = memory
        self._tasks = tasks
        self._config = config
        self._caller = caller
        self._toolbox = toolbox
        self._spoken = spoken
        self._tools: Mapping[str, OfferedTool] = {}
        self._ends = False
        self.acted = False
        """Whether a tool was called, which cannot be undone."""
        self._told: set[str] = set()
        """Servers that the user knows to be asked."""
        self._pending = about if isinstance(about, PendingCalls) else None
        if isinstance(about, PendingCalls):
            self.question = about.question
            self._exchange = about.exchange
            self._tools = about.tools
            self._written: WrittenAnswer | None = None
        else:
            self.question = about
            self._exchange = Exchange(
                memory.ask(about, caller.language, heard),
                toolbox.most if toolbox else 0,
                remembers_outside=memory.dialogue.outside,
                replaces_refusal=replaces_refusal,
            )
            self._written = self._write()

    @property
    def counts(self) -> bool:
        """Whether it has said something that counts, or asked for a yes."""
        return self._ends or self._exchange.counts

    async def items(self) -> AsyncGenerator[MindItem]:
        """Sentences and notices, and what the tools contribute. Raises StageError."""
        if self._pending is not None:
            async for item in self._use(self._pending.calls, approved=1):
                yield item
        exchange = self._exchange
        while not self._ends:
            written = self._written = self._written or self._write()
            said = []
            try:
                async for sentence in self._sentences(written):
                    if isinstance(sentence, Notice):
                        yield sentence
                        continue
                    said.append(sentence)
                    if exchange.counts:
                        yield Say(sentence)
            except StageError:
                if not exchange.counts:
                    break
                if said or not exchange.reports:
                    raise
                # The model has nothing to add to what a skill has done.
                for sentence in spoken_sentences(" ".join(exchange.reports)):
                    yield Say(sentence)
            self._written = None
            if not written.calls:
                break
            exchange.messages.append(Message("assistant", " ".join(said), tuple(written.calls)))
            async for item in self._use(written.calls):
                yield item
        with speaking_in(self._caller.language):
            if self._pending is not None and not self.counts:
                yield Say(tr("Sorry, that did not work."))
            for path in exchange.files:
                yield Say(tr("It is in {folder}, as {name}.", folder=path.parent, name=path.name))

    def cancel(self) -> None:
        if self._written is not None:
            self._written.cancel()

    async def _sentences(self, written: WrittenAnswer) -> AsyncGenerator[str]:
        clock = asyncio.get_running_loop().time
        notice_at = clock() + PATIENCE_S if self._spoken and not self._told else None
        ends_at = None if self._exchange.counts else clock() + _DECIDES_S
        while True:
            at = min((one for one in (notice_at, ends_at) if one is not None), default=None)
            try:
                async with asyncio.timeout_at(at):
                    sentence = await written.next()
            except TimeoutError:
                if at == ends_at:
                    written.cancel()
                    written.calls.clear()
                    return
                notice_at = None
                with speaking_in(self._caller.language):
                    yield Notice(worded(ONE_MOMENT))
                continue
            if sentence is None:
                return
            notice_at = None
            yield sentence

    def _write(self) -> WrittenAnswer:
        with speaking_in(self._caller.language):  # for abbreviations, and notices of the model
            text = SpokenText(
                first_clause=self._config.first_clause, most=self._memory.max_sentences
            )
            return WrittenAnswer(self._deltas(), text, self._tasks)

    async def _deltas(self) -> AsyncGenerator[str]:
        exchange, model = self._exchange, self._model
        if self._toolbox is None or not isinstance(model, ToolCaller):
            deltas = model.reply(exchange.messages)
        else:
            found: Sequence[OfferedTool] = ()
            if exchange.calls_left > 0:
                found = await self._toolbox.tools(self._caller.language, spoken=self._spoken)
            if exchange.replaces_refusal:
                found = [one for one in found if one.server]
            self._tools = {one.tool.name: one for one in found}
            deltas = model.reply_with_tools(exchange.messages, [one.tool for one in found])
        async with aclosing(deltas):
            async for delta in deltas:
                yield delta

    async def _use(
        self, calls: Sequence[ToolCall], *, approved: int = 0
    ) -> AsyncGenerator[MindItem]:
        """Make the calls, of which the user has `approved` the first ones; ask where that is
        needed, which ends the turn."""
        outside = self._exchange.outside
        for at, call in enumerate(calls):
            try:
                tool, arguments = self._checked(call)
                if at >= approved and self._exchange.needs_yes(tool, outside):
                    text = self._question(tool, arguments)
                    self._ends = True
                    yield Ask(text)
                    # Only now: a question that nobody takes is not asked.
                    pending = PendingCalls(self._exchange, calls[at:], self._tools, self.question)
                    self._caller.dialogue.ask(CONFIRM, text, pending, at_once=True)
                    return
            except ToolError as error:
                self._add(call, f"Error: {error}")
                continue
            async for item in self._call(tool, call, arguments):
                if isinstance(item, Ask) and calls[at + 1 :]:
                    with speaking_in(self._caller.language):
                        yield Say(tr("I have not done the rest."))
                yield item
            if self._ends:
                return

    def _checked(self, call: ToolCall) -> tuple[OfferedTool, Mapping[str, object]]:
        """Raises ToolError. Wrong calls count, too, so that there is an end of them."""
        if self._exchange.calls_left <= 0:
            raise ToolError("no more calls are possible: answer with what is known")
        self._exchange.calls_left -= 1
        if call.name not in self._tools:
            raise ToolError(f"there is no tool {call.name!r}")
        return self._tools[call.name], arguments_of(call)

    def _question(self, tool: OfferedTool, arguments: Mapping[str, object]) -> str:
        """Raises ToolError."""
        with speaking_in(self._caller.language):
            text = tool.wording(arguments)
        self._exchange.calls_left += 1  # It is checked again after the yes.
        return text

    async def _call(
        self, tool: OfferedTool, call: ToolCall, arguments: Mapping[str, object]
    ) -> AsyncGenerator[MindItem]:
        self.acted = True
        began_s = time.perf_counter()
        task = self._tasks.create_task(_outcome(tool, arguments, self._caller))
        try:
            await asyncio.wait({task}, timeout=_TOOL_PATIENCE_S)
            if not task.done() and self._spoken and tool.server not in self._told:
                self._told.add(tool.server)
                with speaking_in(self._caller.language):
                    asking = tr("One moment, I am asking {name}.", name=tool.server)
                    yield Notice(asking if tool.server else worded(ONE_MOMENT))
            outcome = await task
        finally:
            task.cancel()
        if tool.outside:
            self._exchange.outside = True
            self._memory.dialogue.outside = True
        took_s, failed = time.perf_counter() - began_s, isinstance(outcome, ToolError)
        result = result_text(outcome.text if isinstance(outcome, ToolResult) else str(outcome))
        self._add(call, f"Error: {result}" if failed else result)
        yield ToolUsed(call.name, tool.server, str(call), result, failed, took_s)
        if isinstance(outcome, ToolError):
            return
        self._exchange.succeeded = self._exchange.succeeded or bool(tool.server)
        if not tool.outside:
            self._exchange.reports.append(outcome.text)
        self._exchange.files += outcome.files
        for item in outcome.items:
            yield item
            self._ends = self._ends or isinstance(item, Ask)

    def _add(self, call: ToolCall, result: str) -> None:
        _LOGGER.debug("%s(%s): %s", call.name, call, result)
        self._exchange.messages.append(Message("tool", result, call_id=call.id))


async def _outcome(
    tool: OfferedTool, arguments: Mapping[str, object], caller: Caller
) -> ToolResult | ToolError:
    """An error is a result, too: the model tells of it."""
    try:
        return await tool.call(arguments, caller)
    except ToolError as error:
        return error
    except Exception as error:
        # A bug ends the call, not the process; the log keeps the traceback.
        _LOGGER.error("the tool %s failed", tool.tool.name, exc_info=error)
        return ToolError(f"it failed unexpectedly ({type(error).__name__})")
