"""Words what Marvin says in the language of the conversation."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from marvin.languages.language import CODES, Language, language

_SPOKEN: ContextVar[Language | None] = ContextVar("_SPOKEN", default=None)


def spoken() -> Language | None:
    """The language in which Marvin words what it says; None is English."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: Language | None) -> Iterator[None]:
    """Word everything in this language, on this thread or in this task."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def speaking_in(code: str) -> AbstractContextManager[None]:
    """Word everything in this language, or in English if there is no file for it."""
    return speaking(language(code) if code in CODES else None)


def translatable(english: str) -> str:
    """Marks a literal that is worded later, by `worded`."""
    return english


def worded(english: str) -> str:
    """A `translatable` text in the language of the conversation."""
    language = _SPOKEN.get()
    return english if language is None else language.replies.get(english, english)


def tr(english: str, **slots: object) -> str:
    """An English sentence in the language of the conversation, with `{slots}` filled.

    `english` has to be a literal: a test reads the keys of the language files from the code. What
    has no translation stays English.
    """
    return worded(english).format(**slots)
