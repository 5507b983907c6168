"""Whose words Marvin speaks: what comes from outside may have been written by anybody."""

from collections.abc import Collection

from marvin.config.home_assistant import HomeAssistantConfig
from marvin.skills.built_in import NAMES
from marvin.skills.skill_tools import NOT_OWN


def lists_of_others(home: HomeAssistantConfig | None) -> frozenset[str]:
    """The skill that reads lists, if they are Home Assistant's."""
    return frozenset({"lists"} if home is not None and home.url and home.todo_lists else ())


def from_outside(skills: Collection[str], home: HomeAssistantConfig | None) -> bool:
    """Whether one of the skills may say what neither Marvin nor the user has written: the user's
    own programs, and lists that others write, too."""
    built_in = {*NAMES, *NOT_OWN} - lists_of_others(home)
    return not built_in.issuperset(skills)
