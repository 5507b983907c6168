"""The notes skill: remembers what the user asks it to, for as long as they want."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.notes.note_set import LONGEST, MAX_NOTES, Note, Notes, same_words
from marvin.skills.sentence_patterns import Said, SentenceGroup, Skill
from marvin.skills.text import as_heard, canonical, to_the_user
from marvin.types import Forget, Notice, ReplyItem, Say

SWITCH_ON = "To switch them on, set notes = true in the table skills of models.toml."
_ALL_QUESTION = "forget all notes"
_TOLD_AT_ONCE = 5

_REMEMBER_WRITTEN = (
    "remember[ (that|this)] {free_note}",
    "(keep in mind|don't forget|note) (that|this) {free_note}",
    "(make|take) a note (that|this) {free_note}",
    "remember (that|this|it)",
)
_WHAT_WRITTEN = (
    "what do you (remember|know) about (me|us)",
    "what do you remember",
    "what (did i tell|did i ask|have i told|have i asked) you to remember",
    "(what are|read|list|show|tell)[ me][ all][ of] (my|your) notes",
    "what notes (do i have|do you have|are there)",
    "do (i|you) have [any ]notes",
)
_ABOUT_WRITTEN = (
    "what do you remember about {free_topic}",
    "(what are|read|list|show|tell)[ me] (my|your) notes (about|on) {free_topic}",
    "what notes do (i|you) have (about|on) {free_topic}",
)
_SAID_WRITTEN = (
    "what did i (say|tell you|say to you|mention) about {free_topic}",
    "what have i (said|told you|mentioned) about {free_topic}",
    "[do you ]remember what i (said|told you) about {free_topic}",
)
_QUESTION_WRITTEN = (
    "(what|when|where|who|whose|which|how) {free_topic}",
    "do you (know|remember) (what|when|where|who|whose|which|how) {free_topic}",
    "what do you know about {free_topic}",
)
_FORGET_WRITTEN = (
    "forget what i (said|told you|asked you to remember) about {free_topic}",
    "forget everything[ (i said|i told you|you know)] about {free_topic}",
    "(forget|delete|remove|erase) (the|my|your) (note|notes) (about|on) {free_topic}",
)
_FORGET_THAT_WRITTEN = (
    "forget [(the|my|your) note ]that {free_topic}",
    "(delete|remove|erase) (the|my|your) note that {free_topic}",
)
_FORGET_ALL_WRITTEN = (
    "forget (everything|all)[ (you know|you know about me|i told you|i have told you)]",
    "forget (everything|all)[ that] you remember",
    "(forget|delete|remove|erase|clear) (all|all of|all the) [(my|your) ]notes",
    "(delete|erase|clear) (my|your) (notes|memory)",
)
_YES_WRITTEN = ("(yes|yes please|yeah|yep|sure|ok|do it|please do|all of them|forget them)",)

_HEARD = re.compile(
    r"\b(?:remember|keep in mind|don['\u2019]?t forget|note)\b[\s,:]+"
    r"(?:(?:that|this)\b[\s,:]*)?(?P<note>.+)",
    re.IGNORECASE | re.DOTALL,
)
_POINTS_AT = ("that", "this", "it", "this note")
_QUESTION_OR_REMINDER = re.compile(r"(?:to|when|what|how|who|where|why|if|whether|about)\b")
_STATEMENT = re.compile(
    r"\b(?:is|are|am|was|were|has|have|had|can|can't|will|won't|do|don't|does|doesn't|did|must"
    r"|likes?|loves?|hates?|needs?|wants?|goes|go|comes?|lives?|works?|starts?|ends?|costs?"
    r"|put|left|keep|keeps|prefers?|\w+ed|\w+'s (?:on|in|at|a|an|the))\b"
)
"""Without `that`, `remember the milk` is no note."""
_RELATIVE_DAY = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|(?:this|next|last) \w+|now|soon)\b", re.IGNORECASE
)
_YOU = (
    (re.compile(r"\bI am\b|\bI'm\b", re.IGNORECASE), "you are"),
    (re.compile(r"\bI was\b", re.IGNORECASE), "you were"),
)


class NoteSkill:
    def __init__(self, notes: Notes, clock: Callable[[], datetime], *, enabled: bool) -> None:
        """If not `enabled`, nothing is stored or told; forgetting still works."""
        self._notes = notes
        self._clock = clock
        self._enabled = enabled

    def skill(self) -> Skill:
        def off(said: Said) -> bool:
            return not self._enabled

        def no_answer(said: Said) -> bool:
            topic = said.get("free_topic") or ""
            return not (self._enabled and self._notes.answering(topic))

        def nothing_to_forget(said: Said) -> bool:
            return not self._found(said)

        def no_notes(said: Said) -> bool:
            return not self._notes.all()

        def no_note(said: Said) -> bool:
            return not _is_note(said)

        phrases = (
            SentenceGroup((), self._forget_all, _ALL_QUESTION, written=_YES_WRITTEN, key="yes"),
            SentenceGroup((), self._what, written=_WHAT_WRITTEN, key="what"),
            SentenceGroup(
                (), self._ask_all, written=_FORGET_ALL_WRITTEN, unless=no_notes, key="forget_all"
            ),
            # They end with free words, in which the user may pause.
            *(
                SentenceGroup((), answer, written=written, tentative=True, unless=unless, key=key)
                for key, answer, written, unless in (
                    ("remember", self._remember, _REMEMBER_WRITTEN, no_note),
                    ("about", self._about, _ABOUT_WRITTEN, lambda said: False),
                    ("", self._about, _SAID_WRITTEN, off),
                    ("", self._about, _QUESTION_WRITTEN, no_answer),
                    ("forget", self._forget, _FORGET_WRITTEN, lambda said: False),
                    ("", self._forget, _FORGET_THAT_WRITTEN, nothing_to_forget),
                )
            ),
        )
        examples = ("remember that the bins go out on Tuesday", "what do you remember")
        return Skill("notes", phrases, examples if self._enabled else ())

    def _remember(self, said: Said) -> list[ReplyItem]:
        if not self._enabled:
            return [Say(_off())]
        text = _note(said)
        if not text:
            return [Say(tr('Say what it is: "remember that the bins go out on Tuesday".'))]
        if len(text) > LONGEST:
            return [Say(tr("That is too long for a note: say it shorter."))]
        if any(same_words(note.text, text) for note in self._notes.all()):
            return [Say(tr("I have that in my notes already."))]
        if self._notes.full:
            text = tr(
                "I have {most} notes, and that is all I can keep: forget some first.",
                most=MAX_NOTES,
            )
            return [Say(text)]
        self._notes.add(text, self._clock().date())
        done = tr("I will remember that {note}.", note=_to_you(text))
        return [Say(f"{done}{self._notes.store.unsaved('notes')}")]

    def _what(self, said: Said) -> list[ReplyItem]:
        if not self._enabled:
            return [Say(_off())]
        notes = self._notes.all()
        if not notes:
            return [Say(tr("You have not asked me to remember anything."))]
        count = numbers.counted(len(notes), "note")
        return [Say(tr("I have {notes}: {texts}", notes=count, texts=self._told(notes)))]

    def _about(self, said: Said) -> list[ReplyItem]:
        notes = self._found(said)
        if not notes or not self._enabled:
            return self._none(said)
        return [Say(tr("You told me: {texts}", texts=self._told(notes)))]

    def _forget(self, said: Said) -> list[ReplyItem]:
        notes = self._found(said)
        if not notes:
            return self._none(said)
        self._notes.cancel(notes)
        # The conversation may contain them too. A notice, because an answer would be remembered.
        done = tr("Forgotten: {texts}", texts=self._told(notes))
        return [Forget(), Notice(f"{done}{self._unsaved()}")]

    def _ask_all(self, said: Said) -> list[ReplyItem]:
        count = numbers.counted(len(self._notes.all()), "note")
        question = tr("Forget all you told me, with {notes}?", notes=count)
        return said.dialogue.ask(_ALL_QUESTION, question)

    def _forget_all(self, said: Said) -> list[ReplyItem]:
        self._notes.cancel(self._notes.all())
        return [Forget(), Notice(f"{tr('Forgotten.')}{self._unsaved()}")]

    def _found(self, said: Said) -> tuple[Note, ...]:
        return self._notes.about(said.get("free_topic") or "")

    def _none(self, said: Said) -> list[ReplyItem]:
        if not self._enabled:
            return [Say(_off())]
        topic = to_the_user(said.get("free_topic") or "that")
        return [Say(tr("I have no note about {topic}.", topic=topic))]

    def _unsaved(self) -> str:
        return self._notes.store.unsaved("that")

    def _told(self, notes: Sequence[Note]) -> str:
        """As sentences, the newest first."""
        newest = notes[::-1][:_TOLD_AT_ONCE]
        more = len(notes) - len(newest)
        texts = [self._sentence(note) for note in newest]
        return " ".join([*texts, *([tr("And {count} more.", count=more)] if more else [])])

    def _sentence(self, note: Note) -> str:
        text = _to_you(note.text)
        text = f"{text[0].upper()}{text[1:]}."
        today = self._clock().date()
        if note.noted != today and _RELATIVE_DAY.search(note.text):
            text = f"{text} That was on {note.noted.strftime('%B')} {note.noted.day}."
        return text


def _off() -> str:
    return tr(
        "I keep no notes. To switch them on, set notes = true in the table skills of models.toml."
    )


def _is_note(said: Said) -> bool:
    """Not `remember to call mom`, which is a reminder, or `do you remember when`. The sentences of
    other languages say which it is."""
    note = said.get("free_note")
    if note is None or note in _POINTS_AT or spoken() is not None:
        return True
    if _QUESTION_OR_REMINDER.match(note):
        return False
    plain = re.search(r"\b(?:that|this) ", said.text.partition(note)[0])
    return bool(plain or _STATEMENT.search(note))


def _note(said: Said) -> str:
    """In the user's spelling, which has capitals and dates as they are written."""
    note = said.get("free_note") or ""
    if note in _POINTS_AT:
        return ""
    if spoken() is not None:
        return as_heard(note, said.heard)
    heard = _HEARD.search(said.heard)
    words = heard["note"].split() if heard else []
    while words and len(words) >= len(note.split()) // 2:
        text = " ".join(words).rstrip(" .!?,;:")
        if canonical(text) == note:
            return text
        words.pop()  # "please", "thank you"
    return note


def _to_you(text: str) -> str:
    if spoken() is not None:
        return to_the_user(text)
    for pattern, words in _YOU:
        text = pattern.sub(words, text)
    told = (to_the_user(word.lower()) for word in text.split())
    words_ = zip(text.split(), told, strict=True)
    return " ".join(word if other == word.lower() else other for word, other in words_)
