"""What the user has asked to remember: thread-safe and saved to disk."""

import re
from dataclasses import dataclass
from datetime import date

from marvin.languages.translation import spoken
from marvin.skills.store.database import Row
from marvin.skills.store.store import Store
from marvin.skills.store.stored_items import StoredItems
from marvin.skills.text import canonical

MAX_NOTES = 200
LONGEST = 300
"""Characters of a note."""

_COMMON = frozenset(
    (
        *("a", "about", "am", "an", "and", "are", "at", "be", "been", "can", "d", "date", "day"),
        *("did", "do", "does", "for", "from", "has", "have", "how", "i", "in", "is", "it", "kind"),
        *("leave", "left", "long", "many", "me", "much", "my", "next", "of", "on", "or", "our"),
        *("park", "parked", "put", "s", "should", "that", "the", "their", "they", "this", "time"),
        *("to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "whose"),
        *("will", "with", "you", "your"),
    )
)
"""Words that do not tell what a question is about."""
_OURS = re.compile(r"\b(?:i|me|my|we|us|our)\b")


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    text: str
    """In the user's words: `my sister's birthday is on May 3rd`."""
    noted: date

    def row(self) -> Row:
        return {"id": self.id, "text": self.text, "noted": self.noted.isoformat()}


def read_note(row: Row, number: int) -> Note:
    """Raises ValueError or TypeError if the row is invalid."""
    text, noted = row["text"], row["noted"]
    if not isinstance(text, str) or not isinstance(noted, str) or not text.strip():
        raise TypeError("text and date of a note are strings")
    return Note(number, text[:LONGEST], date.fromisoformat(noted))


class Notes(StoredItems[Note]):
    def __init__(self, store: Store | None = None) -> None:
        """Without a store, notes are lost on exit."""
        super().__init__(store or Store(), "notes", MAX_NOTES, read_note)

    def all(self) -> tuple[Note, ...]:
        """The oldest first."""
        self.store.check_readable()
        with self._lock:
            return tuple(self._items.values())

    def texts(self) -> list[str]:
        """For the language model, which is told nothing if the file cannot be read."""
        with self._lock:
            return [note.text for note in self._items.values()]

    def add(self, text: str, noted: date) -> Note:
        """The caller has checked `full`."""
        return self._add(lambda id_: Note(id_, text, noted))

    def about(self, topic: str) -> tuple[Note, ...]:
        """The notes that contain every word of a topic or question, but for the common ones."""
        words = _keys(topic)
        return tuple(note for note in self.all() if words and words <= _keys(note.text))

    def answering(self, question: str) -> tuple[Note, ...]:
        """The notes about a question that is the user's own, or names two things."""
        if not _OURS.search(question) and len(_keys(question)) < 2:
            return ()
        return self.about(question)

    def _row(self, item: Note) -> Row:
        return item.row()


def same_words(text: str, other: str) -> bool:
    return canonical(text) == canonical(other)


def _keys(text: str) -> frozenset[str]:
    """What a text is about; the same for `the bin` and `bins`."""
    words = (word.removesuffix("'s") for word in canonical(text).split())
    language = spoken()
    common = language.words.function_words if language else _COMMON
    telling = (word for word in words if word not in common)
    return frozenset(re.sub(r"(?<=\w\w[^s])s$", "", word) for word in telling)
