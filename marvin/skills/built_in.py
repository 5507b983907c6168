"""The skills that Marvin is shipped with."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from random import SystemRandom

from marvin.config.tables import SkillsConfig
from marvin.skills import talk
from marvin.skills.about import about_skill, jokes_skill
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.alarm_skill import AlarmSkill
from marvin.skills.announcement_skill import AnnouncementSkill
from marvin.skills.arithmetic import arithmetic_skill, number_skill
from marvin.skills.cannot_do import limits_skill
from marvin.skills.chance import chance_skill
from marvin.skills.clock import clock_skills
from marvin.skills.lists.list_set import Lists
from marvin.skills.lists.list_skill import ListSkill
from marvin.skills.notes.note_skill import NoteSkill
from marvin.skills.readings import readings_skill
from marvin.skills.sentence_patterns import Skill
from marvin.skills.spelling import spelling_skill
from marvin.skills.timers.timer_skill import TimerSkill
from marvin.skills.tips import tips_skill
from marvin.skills.tool_confirmation import tool_confirmation_skill
from marvin.skills.units import UnitsSkill
from marvin.skills.volume import volume_skill
from marvin.skills.world_clock import world_clock_skill

NAMES = (
    *("alarms", "timers", "lists", "time", "date", "day", "world_clock", "arithmetic", "tips"),
    *("units", "volume", "chance", "spelling", "repeat", "help", "smalltalk", "about", "jokes"),
    *("notes", "announcements", "forget", "stop"),
)
"""The built-in skills, in matching order."""

_IN_A_ROOM = ("alarms", "timers", "volume")
"""They need a process with a loudspeaker."""


def able(skills: Sequence[Skill], agenda: Agenda) -> Sequence[Skill]:
    """Those that do something in this process."""
    if agenda.store.attended:
        return skills
    return [skill for skill in skills if skill.name not in _IN_A_ROOM]


def built_in(
    config: SkillsConfig,
    agenda: Agenda,
    clock: Callable[[], datetime],
    wake_phrase: str,
    all_skills: Callable[[], Sequence[Skill]],
    lists: Lists | None = None,
) -> Iterator[Skill]:
    """In matching order. `lists` take the place of the agenda's."""
    yield number_skill()
    yield readings_skill()
    yield tool_confirmation_skill()
    disabled, random = config.disabled, SystemRandom()
    timer_skill = TimerSkill(agenda.timers, agenda.timers.clock)
    start_timer = None if "timers" in disabled else timer_skill.start
    yield AlarmSkill(agenda.alarms, agenda.timers, config.clock, start_timer).skill()
    yield timer_skill.skill(config.lists.get("timer_name", ()))
    yield ListSkill(lists or agenda.lists).skill()
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
    yield talk.help_skill(lambda: able(all_skills(), agenda))
    yield talk.smalltalk_skill(wake_phrase)
    yield about_skill()
    yield jokes_skill(random)
    yield NoteSkill(agenda.notes, clock, enabled=config.notes).skill()
    yield AnnouncementSkill(lambda: agenda.rooms).skill()
    yield talk.forget_skill()
    yield talk.stop_skill()
    yield limits_skill(disabled)
