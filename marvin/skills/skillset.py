"""Matches a text against all skills; the best match answers."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from marvin.backends.home_assistant.home_names import HomeNames
from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.errors import ConfigError
from marvin.languages.translation import speaking, spoken
from marvin.skills import talk
from marvin.skills.agenda import Agenda
from marvin.skills.built_in import NAMES, able, built_in
from marvin.skills.cannot_do import LIMITS
from marvin.skills.commands import commands_skill
from marvin.skills.home_sentences import NAME as HOME
from marvin.skills.home_sentences import home_skill, with_names
from marvin.skills.lists.list_set import Lists
from marvin.skills.own.own_skills import OwnSkills
from marvin.skills.readings import Readings
from marvin.skills.recogniser_grammar import grammar
from marvin.skills.sentence_patterns import Said, Skill, Slots
from marvin.skills.skill_intent import SkillIntent
from marvin.skills.skill_names import unknown_skills
from marvin.skills.system_zone import SystemZone
from marvin.skills.translated import translated
from marvin.skills.understood import Found, Understood, other_language
from marvin.types import Patterns

_LOGGER = logging.getLogger(__name__)

_SUGGESTED = 3
_LONGEST = 1000
"""Characters of a text that may be meant for a skill. Matching takes longer than linear time."""


def local_time() -> datetime:
    """The current time in the machine's time zone, rereading the zone in case it has changed."""
    time.tzset()
    return datetime.now(SystemZone())


def state_dir(config: SkillsConfig) -> Path:
    """The folder of the store."""
    return (config.state_dir or default_state_dir()).expanduser()


def default_state_dir() -> Path:
    """Directory for data that has to survive a restart (XDG_STATE_HOME)."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state"
    return base / "marvin"


def _code() -> str:
    """Of the language that is spoken."""
    language = spoken()
    return language.code if language else "en"


class Skillset:
    """Answers without a language model."""

    def __init__(
        self,
        understood: dict[str, Understood],
        *,
        agenda: Agenda,
        own: OwnSkills,
        sources: "_SkillSources",
    ) -> None:
        self._understood = understood
        """By language code, the usual language first."""
        self._sources = sources
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
        languages: Sequence[str] = ("en",),
        home: HomeNames | None = None,
        lists: Lists | None = None,
    ) -> "Skillset":
        """Compile all sentences. `own` loads the user's own skills; `clock` returns the time
        zone-aware local time; `languages` are codes, the usual language first; `home` is what
        Home Assistant has, if there is one; `lists` take the place of the agenda's.

        Raises:
            ConfigError: `[skills]` is invalid. The message lists one problem per line.
        """
        began = time.perf_counter()
        usual = other_language(languages[0])
        with speaking(usual):
            commands, problems = commands_skill(config)
        problems += unknown_skills(config.disabled, "skills.disabled", (*NAMES, LIMITS))
        if problems:
            raise ConfigError("\n".join(problems))
        disabled = set(config.disabled)
        agenda = agenda or Agenda()
        # User-defined commands come first, so that they override built-in sentences.
        with speaking(usual):
            own_skills = _logged(own())
        understood: dict[str, Understood] = {}
        shipped = [
            skill
            for skill in built_in(
                config, agenda, clock, wake_phrase, lambda: understood[_code()].skills, lists
            )
            if skill.name not in disabled
        ]
        first = (commands, *own_skills.skills)
        sources = _SkillSources(first, shipped, config, wake_phrase, languages)
        understood.update(sources.compiled(home))
        _LOGGER.info(
            "%d skills, %d commands, ready in %.0f ms",
            len(NAMES) - len(disabled) + len(own_skills.skills),
            len(config.commands),
            1000 * (time.perf_counter() - began),
        )
        return cls(understood, agenda=agenda, own=own_skills, sources=sources)

    def learn(self, home: HomeNames) -> None:
        """Understand other names from now on. Takes a while; not for the skills' own thread."""
        self._understood.update(self._sources.compiled(home))

    def match(
        self,
        text: str,
        alternatives: Sequence[str],
        dialogue: Dialogue,
        token: CancelToken,
        language: str = "",
    ) -> SkillIntent | None:
        """Return the matching intent, if any, without running it. If one of the `alternatives` has
        a different meaning, the intent asks the user which was meant. A text in an unknown
        `language` may be in any of them.

        Raises:
            Cancelled: The token was cancelled.
        """
        token.check()
        if len(text) > _LONGEST:
            return None
        self.agenda.refresh()
        for one in self._in(language):
            with speaking(one.language):
                if intent := self._match(one, text, alternatives, dialogue, token):
                    return intent
        return None

    def understood(self, language: str = "") -> Understood:
        """What is understood in that language, or in the usual one."""
        return self._in(language)[0]

    def _in(self, language: str) -> "Sequence[Understood]":
        """What is understood in that language; if it is none of them, in all."""
        found = self._understood.get(language)
        return [found] if found else list(self._understood.values())

    def _match(
        self,
        understood: Understood,
        text: str,
        alternatives: Sequence[str],
        dialogue: Dialogue,
        token: CancelToken,
    ) -> SkillIntent | None:
        question, readings = dialogue.question, dialogue.about
        found = understood.find(text, question, dialogue, token)
        if own := _meaning(found):
            for other in alternatives:
                meaning = _meaning(understood.find(other, question, dialogue, token))
                if meaning not in (None, own):
                    readings = Readings(text, other)
                    return self._intent(understood, found, dialogue, readings)
        chosen = readings.chosen(text) if isinstance(readings, Readings) else None
        if chosen:
            found = understood.find(chosen, None, dialogue, token)
        return self._intent(understood, found, dialogue, chosen=bool(chosen)) if found else None

    def _intent(
        self,
        understood: Understood,
        found: Sequence[Found],
        dialogue: Dialogue,
        readings: Readings | None = None,
        *,
        chosen: bool = False,
    ) -> SkillIntent:
        names = understood.names(found)
        return SkillIntent(found, dialogue, understood.language, readings, names, chosen)

    def names(self) -> tuple[str, ...]:
        """All skills, the disabled ones included."""
        usual = next(iter(self._understood.values()))
        return (*NAMES, *(skill.name for skill in usual.skills))

    def explain(self, text: str) -> tuple[Skill, int, Said] | None:
        """The skill that would answer, the number of its sentence group, and what was said."""
        for understood in self._understood.values():
            with speaking(understood.language):
                found = understood.find(text, None, Dialogue(), CancelToken())
            for phrase, said in found[:1]:
                for skill in understood.skills:
                    for at, one in enumerate(skill.phrases):
                        if one is phrase:
                            return skill, at, said
        return None

    def close(self) -> None:
        """End the processes of the user's own skills. Calls start them again."""
        self.own.close()

    def suggestion(self, language: str = "") -> str:
        """Suggest a few sentences to a user who was not understood."""
        understood = self._in(language)[0]
        with speaking(understood.language):
            return talk.suggestion(able(understood.skills, self.agenda), _SUGGESTED)

    def patterns(self, code: str = "") -> Patterns:
        """All sentences of a language, for a transcriber's grammar; by default the usual one's."""
        code = code or next(iter(self._understood))
        return grammar(self._understood[code].skills, code)

    def examples(self) -> dict[str, tuple[str, ...]]:
        """Example sentences by skill, in the usual language."""
        usual = next(iter(self._understood.values()))
        return {skill.name: skill.examples for skill in usual.skills if skill.examples}


@dataclass(frozen=True, slots=True)
class _SkillSources:
    """What the sentences are compiled from."""

    first: Sequence[Skill]
    """The user's own, which override built-in sentences."""
    shipped: Sequence[Skill]
    """The last one refuses what no other understands."""
    config: SkillsConfig
    wake_phrase: str
    languages: Sequence[str]

    def compiled(self, home: HomeNames | None) -> dict[str, Understood]:
        """By language; with what Home Assistant has, if there is one."""
        *shipped, limits = self.shipped
        every = [*shipped, *([] if home is None else [home_skill(home)]), limits]
        return {
            code: Understood.load(
                code, [*self.first, *_in_language(code, every, self.config)], self.wake_phrase
            )
            for code in self.languages
        }


def _in_language(code: str, shipped: Sequence[Skill], config: SkillsConfig) -> Iterator[Skill]:
    other = other_language(code)
    for skill in shipped:
        one = translated(skill, other, config.lists) if other else skill
        if one is not None and skill.name == HOME:
            one = with_names(skill, one)
        if one is not None:
            yield one


def _logged(own: OwnSkills) -> OwnSkills:
    for line in own.problems + own.warnings:
        _LOGGER.warning("%s", line)
    return own


def _meaning(found: Sequence[Found]) -> tuple[int, Slots] | None:
    """The meaning of the best match. Equal meanings give the same answer."""
    return (id(found[0][0]), found[0][1].slots) if found else None
