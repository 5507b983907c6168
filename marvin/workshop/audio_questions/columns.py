"""Makes examples of a data set's rows."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marvin.errors import TrainingError
from marvin.workshop.audio_questions.example import Example

KEYS = ("audio", "question", "answer", "category")
_KNOWN = {
    "audio": ("audio", "file_name"),
    "question": ("question",),
    "answer": ("answer", "official_answer", "answers"),
    "caption": ("caption", "captions", "text"),
    "category": ("category",),
}
"""Usual names: of Marvin's own files, Big Bench Audio, AudioCaps and `datasets`' audio folders."""
_ASK = {
    "qa": "Answer the question in the recording. Reply with the answer only.",
    "caption": "Describe the audio.",
}
_CATEGORIES = {
    "formal_fallacies": 'Is the argument in the recording deductively "valid" or "invalid"?',
    "navigate": 'Do the instructions in the recording lead back to the start, "yes" or "no"?',
    "object_counting": "How many objects does the recording ask for? Reply with the number only.",
    "web_of_lies": 'Does the person that the recording asks about tell the truth, "yes" or "no"?',
}
"""Big Bench Audio has no questions but those that are spoken."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; an empty name is found out."""

    task: str = "qa"
    names: Mapping[str, str] = field(default_factory=dict)
    """Chosen columns, by the keys `audio`, `question`, `answer` and `category`."""
    questions: Mapping[str, str] = field(default_factory=dict)
    """For rows without a question, by category; the key "" is for all others."""

    def check(self, columns: Sequence[str], where: str) -> None:
        """Raises TrainingError unless the audio and the answer have a column."""
        for key in KEYS:
            self._column(key, columns, where)

    def example(self, row: Mapping[str, object], name: str, folder: Path | None) -> Example:
        """`folder`: where file names are relative to.

        Raises:
            TrainingError: A column is missing or its value is of no use.
        """
        names = {key: self._column(key, list(row), name) for key in ("audio", "answer")}
        more = {key: self._column(key, list(row), name) for key in ("question", "category")}
        category = _text(row.get(more["category"], ""))
        question = _text(row.get(more["question"], "")) or self._question(category)
        found = row[names["answer"]]
        answers = [_text(one) for one in found] if isinstance(found, list) else [_text(found)]
        if not any(answers):
            raise TrainingError(f"{name}: the column {names['answer']!r} has no text")
        return Example(
            name,
            _recording(row[names["audio"]], name, folder),
            question,
            tuple(one for one in answers if one),
            category,
        )

    def _question(self, category: str) -> str:
        own = self.questions.get(category) or self.questions.get("")
        return own or _CATEGORIES.get(category) or _ASK[self.task]

    def _column(self, key: str, columns: Sequence[str], where: str) -> str:
        """Empty if there is none and none is needed."""
        if chosen := self.names.get(key):
            if chosen in columns:
                return chosen
            close = difflib.get_close_matches(chosen, columns, 1)
            raise TrainingError(
                f"{where}: no column {chosen!r}"
                + (f" (did you mean {close[0]!r}?)" if close else f"; it has {_list(columns)}")
            )
        usual = _KNOWN["caption" if (key, self.task) == ("answer", "caption") else key]
        found = next((name for name in usual if name in columns), "")
        if not found and key in ("audio", "answer"):
            raise TrainingError(
                f"{where}: no column {' or '.join(map(repr, usual))}; it has {_list(columns)}: "
                f"name the right one with --columns {key}=NAME"
            )
        return found


def _recording(value: object, name: str, folder: Path | None) -> Path | bytes:
    """From a file name, or from `datasets`' audio that has not been decoded."""
    if isinstance(value, Mapping):
        if isinstance(data := value.get("bytes"), bytes):
            return data
        value = value.get("path")
    if isinstance(value, str) and value:
        try:
            path = (folder or Path()) / Path(value).expanduser()
            os.fsencode(path)
        except (RuntimeError, UnicodeEncodeError) as error:
            raise TrainingError(f"{name}: no file can be named {value!r}: {error}") from error
        if "\0" not in value:
            return path
    raise TrainingError(f"{name}: neither a file name nor audio")


def _text(value: object) -> str:
    if isinstance(value, str | int | float):
        return str(value).strip()
    return ""


def _list(columns: Sequence[str]) -> str:
    return ", ".join(map(repr, columns)) or "none"
