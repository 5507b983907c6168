"""The answer to "Shall I ...?", which Marvin asks before some tools of the language model."""

from typing import Protocol, cast

from marvin.languages.translation import tr
from marvin.skills.sentence_patterns import Said, SentenceGroup, Skill
from marvin.skills.text import canonical
from marvin.types import ReplyItem, Say

NAME = "tools"
CONFIRM = "call of a tool"
"""The pending question. Silence, or anything but a yes, means no."""


class Approvable(Protocol):
    """What the question is about."""

    def approve(self) -> None: ...


def tool_confirmation_skill() -> Skill:
    return Skill(
        NAME,
        (
            SentenceGroup(
                ("(yes|yes please|do it)",), _yes, CONFIRM, _YES, unless=_doubtful, key="yes"
            ),
            SentenceGroup(("(no|no thanks|do not)",), _no, CONFIRM, _NO, key="no"),
        ),
    )


_YES = (
    "(yes|yeah|yep|sure|ok|okay|of course|certainly|do it|do that|go ahead)[ please]",
    "please do[ (it|that|so)]",
    "(yes|yeah|ok|okay|sure)[ please] (do|do it|do that|do so|go ahead|you (may|can|should))",
)
_NO = (
    "(no|nope|nothing|none|neither|forget it|never mind|don't|do not)",
    "(better not|rather not|not now)",
    "(no|nope) (thanks|thank you|don't|do not|please don't|better not|rather not|not now)",
    "(don't|do not|please don't) do (it|that|so)",
)


def _doubtful(said: Said) -> bool:
    """Questions are no yes, neither are they without their courtesy: "could you do it"."""
    return "?" in said.heard or said.text != canonical(said.heard)


def _yes(said: Said) -> list[ReplyItem]:
    cast("Approvable", said.about).approve()
    return []


def _no(said: Said) -> list[ReplyItem]:
    return [Say(tr("Okay, I will not."))]
