"""A yes to the call of a tool that may not be one: misheard, or Marvin's own voice."""

from collections.abc import Collection

from marvin.languages.translation import speaking_in, tr
from marvin.mind.memory import Memory
from marvin.skills.text import canonical
from marvin.skills.tool_confirmation import NAME
from marvin.types import Transcript

_SURE = 0.5
"""Confidence of a transcript."""


def declined(transcript: Transcript, skills: Collection[str], memory: Memory) -> str | None:
    """What is said in place of calling the tool, if the answer is doubtful."""
    if NAME not in skills or not (transcript.confidence < _SURE or _echo(transcript, memory)):
        return None
    memory.dialogue.close_question()
    with speaking_in(memory.dialogue.language):
        return tr("Okay, I will not.")


def _echo(transcript: Transcript, memory: Memory) -> bool:
    """Whether its words are among those of the question, whose values may be anybody's."""
    question = f" {canonical(' '.join(memory.just_spoken()[-1:]))} "
    return f" {canonical(transcript.text)} " in question
