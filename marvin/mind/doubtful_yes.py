"""An answer that may not be one: misheard, or Marvin's own voice."""

from collections.abc import Collection
from dataclasses import replace

from marvin.languages.translation import speaking_in, tr
from marvin.mind.memory import Memory
from marvin.skills.readings import WHICH, Readings
from marvin.skills.text import canonical
from marvin.skills.tool_confirmation import NAME
from marvin.types import ReplyItem, Say, Transcript

_SURE = 0.5
"""Confidence of a transcript."""


def doubted(transcript: Transcript, skills: Collection[str], memory: Memory) -> ReplyItem | None:
    """What is said in place of doing what a doubtful answer says."""
    text = declined(transcript, skills, memory)
    return Say(text) if text else _asked_again(transcript, memory)


def _asked_again(transcript: Transcript, memory: Memory) -> ReplyItem | None:
    """Which of two readings was meant is asked once more, in other words."""
    dialogue = memory.dialogue
    readings = dialogue.about
    if transcript.confidence >= _SURE or not isinstance(readings, Readings):
        return None
    with speaking_in(dialogue.language):
        if readings.chosen(transcript.text) is None:
            return None
        if readings.again:
            dialogue.close_question()
            return Say(tr("Okay, I will not."))
        (asked,) = dialogue.ask(WHICH, readings.question(True), replace(readings, again=True))
        return asked


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
