"""What a language model answers: loops, requests that it claims to have carried out, CPU time.

    python -m benchmarks.accuracy.answers FOLDER [--dtype bfloat16] [--prompt TEXT] [--no-skills]
        [--sentences N] [--threads 1] [--json FILE] [-v]

FOLDER is a checkpoint with a chat template, or a `.gguf` file for llama.cpp. Answers are greedy,
each in a new conversation. With `--no-skills` every text reaches the language model; with
`--sentences`, an answer ends after that many. What counts as a
claim is a rough guess by words: read the answers (`-v`).
"""

from __future__ import annotations

import argparse
import json
import re
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

from benchmarks.process_cost import cpu_s
from marvin.backends.pretrained.place import Place
from marvin.backends.pretrained.threads import use_threads
from marvin.cancellation import CancelToken
from marvin.config.llm import ConversationTable, GgufConfig, TransformersConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.dialogue import Dialogue
from marvin.engines.registry import load_engine
from marvin.llm.gguf.gguf_model import GgufLanguageModel
from marvin.llm.transformers.in_process import TransformersLanguageModel
from marvin.mind.memory import Memory
from marvin.mind.spoken_text import SpokenText, spoken_sentences
from marvin.skills.skillset import Skillset
from marvin.types import Act

FIRST_CLAUSE = 24
CLAIM = re.compile(
    r"\bI(?:'m| am| have|'ve|'ll| will)(?: now| just| already)* (?:turn|switch|clos|open|play|call"
    r"|send|sent|order|lock|add|set|adjust|dim|check|go)\w*|\bis now\b|\b(?:done|sure|certainly"
    r"|of course)[,.!]|\bI (?:sent|called|turned|closed|ordered|played|added|locked)\b",
    re.IGNORECASE,
)
REFUSAL = re.compile(
    r"\b(?:cannot|can't|can not|unable|not able|sorry|not equipped|don't have|do not have)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    asked: str
    written: str
    """By the language model until it was stopped, or by the skill."""
    spoken: str
    by_skill: bool
    stopped: bool
    """Whether it was stopped because it looped or was long enough."""
    first_s: float
    """CPU seconds until the first piece can be spoken."""
    whole_s: float

    @property
    def loops(self) -> bool:
        """Whether a sentence of four words is spoken three times, or words six times in a row."""
        ended = re.split(r"(?<=[.!?])\s+", self.spoken.casefold())
        counts = Counter(one for one in ended if len(one.split()) > 3)
        run = re.search(r"\b(.{3,60}?)(?:\W+\1){5}", self.spoken, re.IGNORECASE)
        return bool(run) or any(count > 2 for count in counts.values())

    @property
    def refuses(self) -> bool:
        return not self.by_skill and REFUSAL.search(self.spoken) is not None

    @property
    def claims(self) -> bool:
        return not (self.by_skill or self.refuses) and CLAIM.search(self.spoken) is not None


class _Whole(ConversationTable):
    @property
    def instructions(self) -> str:
        return self.system_prompt


class Speaker:
    """A language model behind the skills, as the mind has it, without its threads."""

    def __init__(
        self,
        engine: TransformersLanguageModel | GgufLanguageModel,
        rules: ConversationTable,
        skillset: Skillset | None,
        most: int,
    ) -> None:
        """`most` is the number of sentences after which an answer ends; 0: none."""
        self._engine = engine
        self._rules = rules
        self._skillset = skillset
        self._most = most

    def _cpu_s(self) -> float:
        """Of this process, and of llama.cpp's."""
        pid = self._engine.pid if isinstance(self._engine, GgufLanguageModel) else None
        return time.process_time() + (cpu_s(pid) if pid is not None else 0.0)

    def answer(self, text: str, *, guard: bool = True) -> Answer:
        token, began = CancelToken(), self._cpu_s()
        found = self._skillset and self._skillset.match(text, (), Dialogue(), token)
        if found and (reply := found.run(token)) is not None:
            said = " ".join(item.text for item in reply if not isinstance(item, Act))
            return Answer(text, said, said, True, False, 0.0, self._cpu_s() - began)
        written: list[str] = []
        speech, spoken = SpokenText(first_clause=FIRST_CLAUSE, most=self._most), list[str]()
        first_s = 0.0
        for delta in self._engine.generate(Memory(self._rules).ask(text), token):
            written.append(delta)
            spoken += speech.feed(delta)
            if spoken and not first_s:
                first_s = self._cpu_s() - began
            if guard and speech.over:
                break
        spoken += speech.end()
        if not guard:
            spoken = spoken_sentences("".join(written))
        whole_s = self._cpu_s() - began
        stopped = guard and speech.over
        return Answer(text, "".join(written), " ".join(spoken), False, stopped, first_s, whole_s)


def load(options: argparse.Namespace) -> Speaker:
    gguf = options.model.suffix == ".gguf"
    table = (GgufConfig if gguf else TransformersConfig)(model=str(options.model))
    config = Config(llm=table, skills=SkillsConfig())
    rules = _Whole(system_prompt=options.prompt) if options.prompt is not None else table
    skillset = None if options.no_skills else Skillset.load(config.skills)
    engine = load_engine(table, Place("cpu", options.dtype, options.threads))
    return Speaker(engine, rules, skillset, options.sentences)


def report(name: str, answers: Sequence[Answer]) -> None:
    by_model = [one for one in answers if not one.by_skill]
    line = f"{name}: {len(answers)} asked, {len(answers) - len(by_model)} answered by skills"
    if by_model:
        words = [len(one.spoken.split()) for one in by_model]
        first_s = sum(one.first_s for one in by_model) / len(by_model)
        whole_s = sum(one.whole_s for one in by_model) / len(by_model)
        line += (
            f", {sum(one.stopped for one in by_model)} stopped, "
            f"{sum(one.loops for one in by_model)} loop, "
            f"{sum(one.refuses for one in by_model)} refuse, "
            f"{sum(one.claims for one in by_model)} claim, "
            f"{mean(words):.0f} words, at most {max(words)}, "
            f"CPU {first_s:.2f} s to the first piece, {whole_s:.2f} s in all"
        )
    print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--prompt", help="the whole system prompt")
    parser.add_argument("--no-skills", action="store_true")
    parser.add_argument("--no-guard", action="store_true", help="speak loops")
    parser.add_argument("--sentences", type=int, default=0, help="of an answer, at most")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=("questions", "impossible"))
    parser.add_argument("--json", type=Path, help="write the answers there")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print the answers")
    options = parser.parse_args()
    use_threads(options.threads)
    toml = Path(__file__).with_name("open_questions.toml").read_text(encoding="utf-8")
    speaker = load(options)
    every: list[Answer] = []
    for name, texts in tomllib.loads(toml).items():
        if options.only in (None, name):
            answers = []
            for text in texts:
                answers.append(speaker.answer(text, guard=not options.no_guard))
                if options.verbose:
                    one = answers[-1]
                    marks = (
                        "skill" * one.by_skill
                        + "stop " * one.stopped
                        + "LOOP " * one.loops
                        + "CLAIM " * one.claims
                    )
                    print(f"{marks:5} {text} -> {one.spoken}", flush=True)
            report(name, answers)
            every += answers
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in every], indent=1))


if __name__ == "__main__":
    main()
