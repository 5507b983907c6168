"""Matches a text against all skills; the best match answers."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from random import SystemRandom

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.errors import ConfigError
from marvin.skills import sentence_patterns as patterns
from marvin.skills import talk
from marvin.skills.about import about_skill, jokes_skill
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.alarm_skill import AlarmSkill
from marvin.skills.arithmetic import arithmetic_skill, number_skill
from marvin.skills.cannot_do import limits_skill
from marvin.skills.chance import chance_skill
from marvin.skills.clock import clock_skills
from marvin.skills.commands import commands_skill
from marvin.skills.lists.list_skill import ListSkill
from marvin.skills.own.own_skills import OwnSkills
from marvin.skills.readings import WHICH, Readings, readings_skill
from marvin.skills.sentence_patterns import Matcher, Said, SentenceGroup, Skill, Slots
from marvin.skills.spelling import spelling_skill
from marvin.skills.text import canonical, without_courtesy
from marvin.skills.timers.timer_skill import TimerSkill
from marvin.skills.tips import tips_skill
from marvin.skills.units import UnitsSkill
from marvin.skills.volume import volume_skill
from marvin.skills.world_clock import world_clock_skill
from marvin.types import Patterns, ReplyItem

_LOGGER = logging.getLogger(__name__)

NAMES = (
    *("alarms", "timers", "lists", "time", "date", "day", "world_clock", "arithmetic", "tips"),
    *("units", "volume", "chance", "spelling", "repeat", "help", "smalltalk", "about", "jokes"),
    *("forget", "stop"),
)
"""The built-in skills, in matching order."""

_SUGGESTED = 3
_LONGEST = 1000
"""Characters of a text that may be meant for a skill. Matching takes longer than linear time."""


def local_time() -> datetime:
    """The current time in the machine's time zone, rereading the zone in case it has changed."""
    time.tzset()
    return datetime.now().astimezone()


def state_dir(config: SkillsConfig) -> Path:
    """The folder of the store."""
    return (config.state_dir or default_state_dir()).expanduser()


def default_state_dir() -> Path:
    """Directory for data that has to survive a restart (XDG_STATE_HOME)."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state"
    return base / "marvin"


_Found = tuple[SentenceGroup, Said]


@dataclass(frozen=True, slots=True)
class SkillIntent:
    """An intent matched by the skills. It has no effect before `run`."""

    _found: Sequence[_Found]
    """All matches, best first."""
    _dialogue: Dialogue
    _readings: Readings | None = None
    """Two possible transcripts with different meanings."""

    @property
    def certain(self) -> bool:
        """Whether at least one match is firm: a tentative one only counts if the user says no
        more."""
        return any(not phrase.tentative for phrase, _ in self._found)

    def run(self, token: CancelToken) -> list[ReplyItem] | None:
        """Run the intent and return the reply, or None if no skill answers after all.

        Raises:
            SkillError: A user-defined command failed. The message can be spoken.
            Cancelled: The token was cancelled.
        """
        token.check()
        dialogue = self._dialogue
        if self._readings is not None:
            asked = dialogue.about
            readings = asked if isinstance(asked, Readings) else self._readings
            return dialogue.ask(WHICH, readings.question(readings is asked), readings)
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
        agenda: Agenda,
        own: OwnSkills,
        wake_phrase: str,
    ) -> None:
        self._skills = skills
        self._matcher = matcher
        self._without_courtesy = without_courtesy(wake_phrase)
        self.agenda = agenda
        """The timers, alarms and lists that the skills act on."""
        self.own = own
        """The user's own skills."""

    @classmethod
    def load(
        cls,
        config: SkillsConfig,
        agenda: Agenda | None = None,
        *,
        own: Callable[[], OwnSkills] = OwnSkills,
        clock: Callable[[], datetime] = local_time,
        wake_phrase: str = "marvin",
    ) -> "Skillset":
        """Compile all sentences. `own` loads the user's own skills; `clock` returns the time
        zone-aware local time.

        Raises:
            ConfigError: `[skills]` is invalid. The message lists one problem per line.
        """
        began = time.perf_counter()
        commands, problems = commands_skill(config)
        problems += _unknown(config.disabled)
        if problems:
            raise ConfigError("\n".join(problems))
        disabled = set(config.disabled)
        agenda = agenda or Agenda()
        # User-defined commands come first, so that they override built-in sentences.
        own_skills = _logged(own())
        skills: list[Skill] = [commands, *own_skills.skills, number_skill(), readings_skill()]

        built_in = _built_in(config, agenda, clock, wake_phrase, lambda: skills)
        skills += [skill for skill in built_in if skill.name not in disabled]
        matcher = Matcher.load(skills)
        _LOGGER.info(
            "%d skills, %d commands, ready in %.0f ms",
            len(NAMES) - len(disabled) + len(own_skills.skills),
            len(config.commands),
            1000 * (time.perf_counter() - began),
        )
        return cls(skills, matcher, agenda=agenda, own=own_skills, wake_phrase=wake_phrase)

    def match(
        self, text: str, alternatives: Sequence[str], dialogue: Dialogue, token: CancelToken
    ) -> "SkillIntent | None":
        """Return the matching intent, if any, without running it. If one of the `alternatives` has
        a different meaning, the intent asks the user which was meant.

        Raises:
            Cancelled: The token was cancelled.
        """
        token.check()
        if len(text) > _LONGEST:
            return None
        question, readings = dialogue.question, dialogue.about
        found = self._find(text, question, dialogue, token)
        if own := _meaning(found):
            for other in alternatives:
                meaning = _meaning(self._find(other, question, dialogue, token))
                if meaning not in (None, own):
                    return SkillIntent(found, dialogue, Readings(text, other))
        if isinstance(readings, Readings) and (one := readings.chosen(text)):
            found = self._find(one, None, dialogue, token)
        return SkillIntent(found, dialogue) if found else None

    def _find(
        self, text: str, question: str | None, dialogue: Dialogue, token: CancelToken
    ) -> "list[_Found]":
        """All matches: answers to the pending question first, tentative ones last."""
        full = canonical(text)
        # Match the full text too: a template may begin with words usually dropped as courtesy.
        found = [
            (phrase, Said(slots, token, plain, dialogue, dialogue.about, text))
            for plain in dict.fromkeys((self._without_courtesy(full), full))
            if plain
            for phrase, slots in self._matcher.find(plain)
            if phrase.question in (None, question)
        ]
        found.sort(key=lambda match: (match[0].question is None, match[0].tentative))
        return [(phrase, said) for phrase, said in found if not phrase.unless(said)]

    def explain(self, text: str) -> tuple[Skill, int, Said] | None:
        """The skill that would answer, the number of its sentence group, and what was said."""
        for phrase, said in self._find(text, None, Dialogue(), CancelToken())[:1]:
            for skill in self._skills:
                for at, one in enumerate(skill.phrases):
                    if one is phrase:
                        return skill, at, said
        return None

    def close(self) -> None:
        """End the processes of the user's own skills. Calls start them again."""
        self.own.close()

    def suggestion(self) -> str:
        """Suggest a few sentences to a user who was not understood."""
        return talk.suggestion(self._skills, _SUGGESTED)

    def patterns(self) -> Patterns:
        """All sentences, for a transcriber's grammar."""
        return patterns.grammar(self._skills)

    def examples(self) -> dict[str, tuple[str, ...]]:
        """Example sentences by skill."""
        return {skill.name: skill.examples for skill in self._skills if skill.examples}


def _built_in(
    config: SkillsConfig,
    agenda: Agenda,
    clock: Callable[[], datetime],
    wake_phrase: str,
    all_skills: Callable[[], Sequence[Skill]],
) -> Iterator[Skill]:
    """In matching order."""
    disabled, random = config.disabled, SystemRandom()
    timer_skill = TimerSkill(agenda.timers, agenda.timers.clock)
    start_timer = None if "timers" in disabled else timer_skill.start
    yield AlarmSkill(agenda.alarms, agenda.timers, config.clock, start_timer).skill()
    yield timer_skill.skill(config.lists.get("timer_name", ()))
    yield ListSkill(agenda.lists).skill()
    yield from clock_skills(clock, config.clock)
    yield world_clock_skill(clock, config.clock)
    yield arithmetic_skill()
    yield tips_skill()
    if "units" not in disabled:  # Importing pint is slow.
        yield UnitsSkill.load().skill()
    yield volume_skill()
    yield chance_skill(random)
    yield spelling_skill()
    yield talk.repeat_skill()
    yield talk.help_skill(all_skills)
    yield talk.smalltalk_skill(wake_phrase)
    yield about_skill()
    yield jokes_skill(random)
    yield talk.forget_skill()
    yield talk.stop_skill()
    yield limits_skill(disabled)


def _logged(own: OwnSkills) -> OwnSkills:
    for line in own.problems + own.warnings:
        _LOGGER.warning("%s", line)
    return own


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
    """The meaning of the best match. Equal meanings give the same answer."""
    return (id(found[0][0]), found[0][1].slots) if found else None
