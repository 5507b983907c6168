"""The language of an utterance, among those of the conversation."""

from collections.abc import Sequence
from dataclasses import replace

from marvin.types import Transcript, Utterance


def with_language(said: Utterance, languages: Sequence[str], last: str) -> Utterance:
    """With the language of the conversation so far, if that may change."""
    return said if len(languages) == 1 else replace(said, language=last)


def language_of(said: Utterance | str, transcript: Transcript, languages: Sequence[str]) -> str:
    """Its code; empty if it is not known."""
    if len(languages) == 1:
        return languages[0]
    spoken = isinstance(said, Utterance) and transcript.language in languages
    return transcript.language if spoken else ""
