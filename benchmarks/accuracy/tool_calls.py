"""Tool calls of a language model for 50 sentences that no skill matches, ten of which need none.

    python -m benchmarks.accuracy.tool_calls [MODEL] [--every N] [--threads 1] [-v]

Without MODEL, a script writes the call that each sentence asks for: what goes wrong then is wrong
in Marvin, on the way from the call through a sentence to the skill. MODEL is a folder, for the
engine `transformers`, or a `.gguf` file, for the engine `gguf`; it is offered the tools in its
template's way, or in words if that has none. Answers are greedy, each in a new conversation; no
timer is running. CPU seconds include those of llama.cpp's process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import time
import tomllib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marvin.backends.pretrained.place import Place
from marvin.backends.pretrained.threads import use_threads
from marvin.cancellation import CancelToken
from marvin.config.llm import ConversationTable, GgufConfig, TransformersConfig
from marvin.config.tables import SkillsConfig, TurnConfig
from marvin.config.tools import ToolsConfig
from marvin.engines.registry import load_engine
from marvin.engines.workers.worker import Worker
from marvin.errors import MarvinError
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.tools.skill_offer import SkillOffer
from marvin.mind.tools.toolbox import Toolbox
from marvin.protocols import Skills, ToolGenerator, Transcriber
from marvin.skills.skillset import Skillset
from marvin.types import Message, Tool, ToolCall

SENTENCES = Path(__file__).with_suffix(".toml")
_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    call: str | None = None
    arguments: Mapping[str, str | int] = field(default_factory=dict)

    def fits(self, arguments: Mapping[str, object]) -> bool:
        """Whether each value has the words that matter."""
        return all(
            _words(str(value)) <= _words(str(arguments.get(name, "")))
            for name, value in self.arguments.items()
        )


def _words(text: str) -> set[str]:
    """Numbers and longer words."""
    return {
        word
        for word in re.findall(r"[a-z0-9:]+", text.casefold())
        if len(word) > 3 or word[0].isdigit()
    }


@dataclass(slots=True)
class Outcome:
    text: str
    expected: str | None
    calls: list[tuple[str, str]] = field(default_factory=list)
    answer: str = ""
    failed: str = ""
    """What the first call was told, if that was an error."""
    right_tool: bool = False
    right: bool = False
    """Tool and arguments, or rightly no call."""
    cpu_s: float = 0.0


class Recording:
    """A language model whose calls are kept; a script, or one that runs here."""

    def __init__(self, engine: ToolGenerator | None, expected: Sentence) -> None:
        self._engine = engine
        self._expected = expected
        self.calls: list[ToolCall] = []
        self.results: list[str] = []

    def warm(self) -> None: ...

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        return self.reply_with_tools(messages, ())

    async def reply_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        self.results = [message.text for message in messages if message.role == "tool"]
        for delta in await asyncio.to_thread(self._write, messages, tools):
            if isinstance(delta, ToolCall):
                self.calls.append(delta)
            yield delta

    def _write(self, messages: Sequence[Message], tools: Sequence[Tool]) -> list[str]:
        if self._engine is not None:
            return list(self._engine.generate_with_tools(messages, tools, CancelToken()))
        if self._expected.call is None or self.results:
            return ["Very well."]
        return [ToolCall(self._expected.call, json.dumps(dict(self._expected.arguments)))]


async def ask(sentence: Sentence, engine: ToolGenerator | None, skillset: Skillset) -> Outcome:
    skillset.agenda.timers.cancel(skillset.agenda.timers.all())
    skills: Worker[Skills] = Worker("skills", lambda _: skillset)
    transcriber: Worker[Transcriber] = Worker("stt", _nothing)
    model = Recording(engine, sentence)
    tools = ToolsConfig()
    toolbox = Toolbox(SkillOffer(skills, lambda: skillset, tools.skills, _LIMIT_S), (), tools.most)
    mind = Mind(transcriber, skills, model, TurnConfig(answer_s=_LIMIT_S), toolbox=toolbox)
    outcome = Outcome(sentence.text, sentence.call)
    began_s = _cpu_s(engine)
    await skills.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            response = mind.respond(sentence.text, Memory(ConversationTable()), tasks)
            said = [getattr(item, "text", "") async for item in response.items()]
            outcome.answer = " ".join(said)
    except* MarvinError as errors:
        outcome.answer = f"({errors.exceptions[0]})"
    finally:
        await skills.stop(1.0)
    outcome.cpu_s = _cpu_s(engine) - began_s
    return _judged(outcome, sentence, model)


def _cpu_s(engine: ToolGenerator | None) -> float:
    """Of this process, and of the engine's own one, which is running."""
    pid = getattr(engine, "pid", None)
    if pid is None:
        return time.process_time()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _nothing(place: Place) -> Transcriber:
    raise AssertionError("texts are typed")


def _judged(outcome: Outcome, sentence: Sentence, model: Recording) -> Outcome:
    outcome.calls = [(call.name, str(call)) for call in model.calls]
    if model.results and model.results[0].startswith("Error"):
        outcome.failed = model.results[0]
    if sentence.call is None:
        outcome.right_tool = outcome.right = not model.calls
    elif model.calls:
        first = model.calls[0]
        try:
            arguments: Any = json.loads(first)
        except ValueError:
            arguments = None
        outcome.right_tool = first.name == sentence.call
        fits = isinstance(arguments, dict) and sentence.fits(arguments)
        outcome.right = outcome.right_tool and fits and not outcome.failed
    return outcome


def report(outcomes: Sequence[Outcome]) -> None:
    wanted = [one for one in outcomes if one.expected]
    others = [one for one in outcomes if not one.expected]
    called = [one for one in wanted if one.calls]
    print(f"sentences that ask for a call    {len(wanted)}")
    print(f"  a tool was called              {len(called)}")
    print(f"  the right one                  {sum(one.right_tool for one in wanted)}")
    print(f"  done, with the right values    {sum(one.right for one in wanted)}")
    print(f"sentences that ask for none      {len(others)}")
    print(f"  rightly no call                {sum(one.right for one in others)}")
    print(f"right of all                     {sum(one.right for one in outcomes)}/{len(outcomes)}")
    print(f"CPU seconds a sentence           {sum(o.cpu_s for o in outcomes) / len(outcomes):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", nargs="?", help="a folder or .gguf file; without it, a script")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="only every Nth sentence")
    parser.add_argument("-v", "--verbose", action="store_true", help="print each outcome")
    arguments = parser.parse_args()
    engine: ToolGenerator | None = None
    if arguments.model:
        use_threads(arguments.threads)
        table = GgufConfig if arguments.model.endswith(".gguf") else TransformersConfig
        config = table(model=arguments.model, tools="on")
        engine = load_engine(config, Place("cpu", "float32", arguments.threads))
    skillset = Skillset.load(SkillsConfig(notes=True))
    listed = tomllib.loads(SENTENCES.read_text())["sentence"]
    outcomes = []
    for one in listed[:: arguments.every]:
        outcome = asyncio.run(ask(Sentence(**one), engine, skillset))
        outcomes.append(outcome)
        if arguments.verbose:
            sign = "+" if outcome.right else "-"
            print(f"{sign} {outcome.text}\n    {outcome.calls} {outcome.failed} {outcome.answer}")
    report(outcomes)


if __name__ == "__main__":
    main()
