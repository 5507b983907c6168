"""The answer to "Shall I ...?", which Marvin asks before some tools of the language model."""

from typing import Protocol, cast

from marvin.languages.translation import tr
from marvin.skills.sentence_patterns import Said, SentenceGroup, Skill
from marvin.types import ReplyItem, Say

CONFIRM = "call of a tool"
"""The pending question. Silence, or anything but a yes, means no."""


class Approvable(Protocol):
    """What the question is about."""

    def approve(self) -> None: ...


def tool_confirmation_skill() -> Skill:
    return Skill(
        "tools",
        (
            SentenceGroup(("(yes|yes please|do it)",), _yes, CONFIRM, _YES, key="yes"),
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


def _yes(said: Said) -> list[ReplyItem]:
    cast("Approvable", said.about).approve()
    return []


def _no(said: Said) -> list[ReplyItem]:
    return [Say(tr("Okay, I will not."))]
