"""What Marvin says if it has understood nothing."""

from collections.abc import AsyncGenerator

from marvin.engines.workers.worker import Worker
from marvin.languages.translation import speaking_in, translatable, worded
from marvin.mind.memory import Memory
from marvin.protocols import Skills
from marvin.types import Notice

NOT_UNDERSTOOD = translatable("Sorry, I did not get that.")
_SUGGEST_AT = 2
"""Number of misunderstood utterances in a row at which Marvin suggests what to say."""


async def not_understood(
    skills: Worker[Skills], memory: Memory, limit_s: float
) -> AsyncGenerator[Notice]:
    """Apologise; the second time in a row, and only then, suggest what to say."""
    language = memory.dialogue.language
    memory.misunderstood += 1
    with speaking_in(language):
        sorry = Notice(worded(NOT_UNDERSTOOD))
    yield sorry
    if memory.misunderstood == _SUGGEST_AT:
        suggestion = await skills.call(lambda engine, token: engine.suggestion(language), limit_s)
        if suggestion:
            yield Notice(suggestion)
