"""Recognises questions about a sound that was just heard."""

import re

_WORDS = {
    "en": r"(?:what|which|who|where)\b.*\b(?:sounds?|noises?)\b|did you (?:just |also )?hear\b",
    "de": r"(?:was|welche[srn]?|wer|woher)\b.*\bgeräusche?s?\b|hast du (?:das|es|\w+) gehört",
    "es": r"(?:qué|cuál|quién|dónde)\b.*\b(?:ruidos?|sonidos?)\b|(?:has oído|oíste)\b",
    "fr": r"(?:quel|quoi|qui|d'où|qu'est-ce)\b.*\b(?:bruits?|sons?)\b|(?:tu as|as-tu) entendu\b",
    "it": r"(?:cosa|che|chi|quale|dove)\b.*\b(?:rumor[ei]|suon[oi])\b|hai sentito\b",
    "nl": r"(?:wat|welk|wie|waar)\b.*\bgeluid(?:en)?\b|(?:heb|hoorde) je (?:dat|het)\b",
}
_ASKS = {code: re.compile(words, re.IGNORECASE) for code, words in _WORDS.items()}


def asks_about_sound(text: str, language: str) -> bool:
    """ "What was that sound?", rather than any other question."""
    asks = _ASKS.get(language)
    return asks is not None and asks.search(text) is not None
