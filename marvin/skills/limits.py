"""What people ask of a voice assistant and Marvin cannot do: an honest no that names it."""

from marvin.skills.patterns import Phrase, Said, Skill
from marvin.types import Reply

_WEATHER = "<what_is> the weather[ like][ (today|tomorrow)]"
"""For recognisers with a grammar too, which would make something else of it."""


def limits_skill() -> Skill:
    """Understood only when no other skill has understood."""

    def weather(said: Said) -> Reply:
        return Reply("I cannot look up the weather.")

    return Skill("limits", (Phrase((_WEATHER,), weather),))
