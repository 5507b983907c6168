"""Tells an interruption from a listener's "mhm" (a backchannel), by the words so far."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marvin.mind.own_voice import without_echo

_LONGEST = 3
"""Most words of a phrase."""
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")

_BACKCHANNELS = {
    "en": (
        "ah, aha, all right, alright, cool, exactly, fine, good, got it, great, i see, interesting,"
        " mhm, mm, mmhm, mm hmm, nice, of course, oh, ok, okay, really, right, sure, thank you,"
        " thanks, uh, uh huh, um, wow, yeah, yep, yes, yup, hm, hmm, huh, ha, haha"
    ),
    "de": "ach, ach so, ah ja, alles klar, danke, eben, genau, gut, ja, jaja, klar, na ja, schön,"
    " stimmt, verstehe, äh, ähm",
    "fr": "ah bon, ah oui, bien, bien sûr, bon, c'est vrai, d'accord, euh, exact, merci, oui,"
    " ouais, voilà",
    "es": "ah sí, bien, bueno, claro, de acuerdo, eh, entiendo, exacto, gracias, sí, vale, ya",
    "it": "ah sì, bene, capisco, certo, d'accordo, ecco, esatto, giusto, grazie, sì, va bene",
    "nl": "ah ja, bedankt, dank je, goed, inderdaad, ja, juist, klopt, natuurlijk, oké, precies",
}
"""What listeners say without wanting to speak, by language. Few are a request in another one, and
the language of so few words is uncertain, so they all count."""
_OPENINGS = {
    "en": "but, excuse me, hang on, hold on, no, nope, wait, wait a minute, wait a moment",
    "de": "aber, entschuldigung, moment, moment mal, nein, warte, warte mal",
    "fr": "attends, excuse moi, mais, non, un moment",
    "es": "espera, no, perdona, pero, un momento",
    "it": "aspetta, ma, no, scusa, un momento",
    "nl": "maar, nee, sorry, wacht, wacht even",
}
"""What interrupts, and asks for nothing yet."""
_COMMANDS = {
    "en": "cancel, louder, pause, quieter, stop",
    "de": "halt, lauter, leiser, stopp",
    "fr": "arrête, stop",
    "es": "alto, basta, para",
    "it": "basta, ferma, fermati",
    "nl": "harder, stil, zachter",
}
"""Single words that interrupt, and ask for something."""


def _split(tables: Iterable[str]) -> frozenset[tuple[str, ...]]:
    phrases = (phrase for table in tables for phrase in table.split(","))
    return frozenset(tuple(phrase.split()) for phrase in phrases)


_MERE = _split(_BACKCHANNELS.values())
_OPENING = _split(_OPENINGS.values())
_INTERRUPTING = _OPENING | _split(_COMMANDS.values())


@dataclass(frozen=True, slots=True)
class Interjection:
    """What the user has said so far while Marvin speaks."""

    words: tuple[str, ...]
    """Without Marvin's own."""
    interrupting: bool
    """They contain a word that is enough to interrupt."""
    mere: bool
    """They are only backchannels."""

    def interrupts(self, least: int, *, answers: bool) -> bool:
        """Whether it does, if that takes so many words; to a question of Marvin's (`answers`), any
        word is an answer."""
        if answers:
            return bool(self.words)
        return not self.mere and (self.interrupting or len(self.words) >= least)


def interjection(transcript: str, spoken: Sequence[str]) -> Interjection:
    """`spoken`: what Marvin has said meanwhile, which the microphone may have heard."""
    words = _words(without_echo(transcript, spoken))
    words = words[_own(words, _words(" ".join(spoken))) :]
    begun = _opening(words, _MERE)
    interrupting = any(_starts(words[at:], _INTERRUPTING) for at in range(begun, len(words)))
    return Interjection(words, interrupting, mere=begun == len(words))


def _own(words: tuple[str, ...], said: tuple[str, ...]) -> int:
    """How many words at the beginning are a piece of what is being said. It may be short: nobody
    joins in with a voice that speaks."""
    text, found = f" {' '.join(said)} ", 0
    while found < len(words) and f" {' '.join(words[: found + 1])} " in text:
        found += 1
    certain = found > 1 or (found == len(words) and not _starts(words, _INTERRUPTING))
    return found if certain else 0


def without_opening(text: str) -> str:
    """Without "yeah, but", "no, wait" and the like at the beginning."""
    count = _opening(_words(text), _MERE | _OPENING)
    found = list(_WORD.finditer(text))
    return text[found[count].start() :] if count < len(found) else ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower().replace("\u2019", "'") for word in _WORD.findall(text))


def _opening(words: tuple[str, ...], phrases: frozenset[tuple[str, ...]]) -> int:
    """How many words at the beginning are such phrases."""
    at = 0
    while length := _starts(words[at:], phrases):
        at += length
    return at


def _starts(words: tuple[str, ...], phrases: frozenset[tuple[str, ...]]) -> int:
    """Length of the longest phrase at the beginning, in words."""
    lengths = range(min(_LONGEST, len(words)), 0, -1)
    return next((length for length in lengths if words[:length] in phrases), 0)
