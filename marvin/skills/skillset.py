"""All skills together: the first that understands answers."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.errors import ConfigError
from marvin.skills import sentence_patterns as patterns
from marvin.skills import spoken_numbers as numbers
from marvin.skills import talk
from marvin.skills.arithmetic import arithmetic_skill, number_skill
from marvin.skills.cannot_do import limits_skill
from marvin.skills.clock import clock_skills
from marvin.skills.commands import commands_skill
from marvin.skills.readings import WHICH, Readings, readings_skill
from marvin.skills.sentence_patterns import Matcher, Said, SentenceGroup, Skill, Slots
from marvin.skills.text import canonical, without_courtesy
from marvin.skills.timers.timer_set import Timers
from marvin.skills.timers.timer_skill import TimerSkill
from marvin.skills.units import UnitsSkill
from marvin.skills.volume import volume_skill
from marvin.types import Patterns, Reply

_LOGGER = logging.getLogger(__name__)

_ABILITIES = {
    "timers": "timers",
    "time": "the time",
    "date": "the date",
    "day": "days",
    "arithmetic": "sums",
    "units": "units",
    "volume": "the volume",
    "repeat": "",
    "help": "",
    "smalltalk": "",
    "stop": "",
}
NAMES = tuple(_ABILITIES)
"""The built-in skills, in the order in which they are asked."""

_SUGGESTED = 3


def abilities(config: SkillsConfig) -> str:
    """For a language model: what is done without it, and that it can do nothing itself."""
    done = [what for name, what in _ABILITIES.items() if what and name not in config.disabled]
    done += ["the user's own commands"] if config.commands else []
    others = f"Other programs take care of {numbers.listed(done)}. " if done else ""
    return (
        f"{others}You yourself can only talk: you have no alarms, devices, music, messages, "
        "internet or memory. Asked to do anything, say that you cannot; never say that it is done."
    )


def local_time() -> datetime:
    """Now, with the machine's time zone, which may have become another one."""
    time.tzset()
    return datetime.now().astimezone()


def timers_path(config: SkillsConfig) -> Path | None:
    """Where timers are kept; None where there are none."""
    if "timers" in config.disabled:
        return None
    return (config.state_dir or default_state_dir()).expanduser() / "timers.json"


def default_state_dir() -> Path:
    """Where what has to survive a restart is kept."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state"
    return base / "marvin"


_Found = tuple[SentenceGroup, Said]


@dataclass(frozen=True, slots=True)
class Understood:
    """A text that skills understand. Nothing is done before `run`."""

    _found: Sequence[_Found]
    """Every way to understand it, the best first."""
    _dialogue: Dialogue
    _readings: Readings | None = None
    """Two ways to hear it, which mean different things."""

    @property
    def certain(self) -> bool:
        """Whether it most likely gets an answer as it is, not a question or a no that only stands
        as long as nothing more is said."""
        return any(not phrase.tentative for phrase, _ in self._found)

    def run(self, token: CancelToken) -> Reply | None:
        """Do it. The reply, or None when no skill answers after all.

        Raises:
            SkillError: A command of the user's failed. The message is fit to be spoken.
            Cancelled: The token was cancelled.
        """
        token.check()
        dialogue = self._dialogue
        if self._readings is not None:
            again = dialogue.question == WHICH and isinstance(dialogue.about, Readings)
            readings = dialogue.about if again else self._readings
            assert isinstance(readings, Readings)
            return dialogue.ask(WHICH, readings.question(again), readings)
        dialogue.close_question()
        for phrase, said in self._found:
            reply = phrase.answer(replace(said, token=token))
            if reply is not None:
                return reply
        return None


class Skillset:
    """Answers without a language model."""

    def __init__(
        self,
        skills: Sequence[Skill],
        matcher: Matcher,
        *,
        timers: Timers,
        wake_phrase: str,
    ) -> None:
        self._skills = skills
        self._matcher = matcher
        self._without_courtesy = without_courtesy(wake_phrase)
        self.timers = timers
        """Those that its skills change."""

    @classmethod
    def load(
        cls,
        config: SkillsConfig,
        timers: Timers | None = None,
        *,
        clock: Callable[[], datetime] = local_time,
        wake_phrase: str = "marvin",
    ) -> "Skillset":
        """Compile all sentences. `clock` gives the local time with its zone.

        Raises:
            ConfigError: `[skills]` is wrong. The message has every problem on a line of its own.
        """
        began = time.perf_counter()
        commands, problems = commands_skill(config)
        problems += _unknown(config.disabled)
        if problems:
            raise ConfigError("\n".join(problems))
        disabled = set(config.disabled)
        timers = timers or Timers()
        # The user's own come first: whoever writes a sentence wants it to win.
        skills: list[Skill] = [commands, number_skill(), readings_skill()]

        def built_in() -> Iterator[Skill]:
            more_names = config.lists.get("timer_name", ())
            yield TimerSkill(timers, timers.clock).skill(more_names)
            yield from clock_skills(clock, config.clock)
            yield arithmetic_skill()
            if "units" not in disabled:  # pint takes its time
                yield UnitsSkill.load().skill()
            yield volume_skill()
            yield talk.repeat_skill()
            yield talk.help_skill(lambda: skills)
            yield talk.smalltalk_skill(wake_phrase)
            yield talk.stop_skill()
            yield limits_skill(timers="timers" not in disabled)

        skills += [skill for skill in built_in() if skill.name not in disabled]
        matcher = Matcher.load(skills)
        _LOGGER.info(
            "%d skills, %d commands, ready in %.0f ms",
            len(NAMES) - len(disabled),
            len(config.commands),
            1000 * (time.perf_counter() - began),
        )
        return cls(skills, matcher, timers=timers, wake_phrase=wake_phrase)

    def match(
        self, text: str, alternatives: Sequence[str], dialogue: Dialogue, token: CancelToken
    ) -> "Understood | None":
        """What is understood; None: nothing. Where `alternatives` mean something else, which of
        them was meant is asked. Nothing is done yet.

        Raises:
            Cancelled: The token was cancelled.
        """
        token.check()
        question, readings = dialogue.question, dialogue.about
        if isinstance(readings, Readings) and question == WHICH and (one := readings.chosen(text)):
            question, text = None, one
        found = self._find(text, question, dialogue, token)
        if not found:
            return None
        own = _meaning(found)
        for other in alternatives:
            meaning = _meaning(self._find(other, question, dialogue, token))
            if meaning not in (None, own):
                return Understood(found, dialogue, Readings(text, other))
        return Understood(found, dialogue)

    def _find(
        self, text: str, question: str | None, dialogue: Dialogue, token: CancelToken
    ) -> "list[_Found]":
        """Every way to understand it: answers to the question first, what is not sure last."""
        full = canonical(text)
        # A template may begin with what is usually mere politeness.
        found = [
            (phrase, Said(slots, token, plain, dialogue, dialogue.about))
            for plain in dict.fromkeys((self._without_courtesy(full), full))
            if plain
            for phrase, slots in self._matcher.find(plain)
            if phrase.question in (None, question)
        ]
        found.sort(key=lambda match: (match[0].question is None, match[0].tentative))
        return [(phrase, said) for phrase, said in found if not phrase.unless(said)]

    def suggestion(self) -> str:
        """A few things to say, for somebody who was not understood."""
        return talk.suggestion(self._skills, _SUGGESTED)

    def patterns(self) -> Patterns:
        """Everything that can be said, for a recogniser's grammar."""
        return patterns.grammar(self._skills)

    def examples(self) -> dict[str, tuple[str, ...]]:
        """Sentences to try, by skill."""
        return {skill.name: skill.examples for skill in self._skills if skill.examples}


def _unknown(disabled: Sequence[str]) -> list[str]:
    problems = []
    for at, name in enumerate(disabled):
        if name not in NAMES:
            close = get_close_matches(name, NAMES, 1)
            hint = f"did you mean '{close[0]}'? " if close else ""
            problems.append(
                f"skills.disabled[{at}]: there is no skill '{name}' "
                f"({hint}there are {', '.join(NAMES)})"
            )
    return problems


def _meaning(found: Sequence[_Found]) -> tuple[int, Slots] | None:
    """What is understood first; equal for what is the same to a skill."""
    return (id(found[0][0]), found[0][1].slots) if found else None
