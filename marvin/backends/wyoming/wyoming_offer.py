"""What a Wyoming server offers, from its answer to `describe`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from marvin.boundary.terminal import one_line

_LONGEST_NAME = 80
_SHOWN = 12


DOMAINS = {
    "asr": "speech to text",
    "tts": "text to speech",
    "wake": "wake words",
    "handle": "conversation",
    "intent": "intents",
}
"""What programs of the protocol do."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A model, a voice or a wake word."""

    name: str
    languages: tuple[str, ...] = ()
    """Codes such as `de` or `de_DE`; empty: it does not say."""
    speakers: tuple[str, ...] = ()
    phrase: str = ""
    """What is said to wake it."""
    installed: bool = True

    def speaks(self, language: str) -> bool:
        return not self.languages or language_code(language) in map(language_code, self.languages)


@dataclass(frozen=True, slots=True)
class WyomingOffer:
    """The programs of a server for one stage."""

    programs: tuple[str, ...]
    things: tuple[Offered, ...]
    """Those of all programs: installed ones first, otherwise in the server's order."""

    def named(self, name: str) -> Offered | None:
        return next((one for one in self.things if one.name == name), None)


def read_offer(info: Mapping[str, object], domain: str, things: str) -> WyomingOffer | None:
    """`domain` is `asr`, `tts` or `wake`; `things` are its `models` or `voices`. None: the server
    has nothing for it. What is not as it should be is left out."""
    programs = tuple(_tables(info.get(domain)))
    if not programs:
        return None
    found = [one for program in programs for one in _offered(program.get(things))]
    return WyomingOffer(
        tuple(_text(program, "name") for program in programs),
        tuple(sorted(found, key=lambda one: not one.installed)),
    )


def domains(info: Mapping[str, object]) -> str:
    """What a server has programs for, for a message."""
    return ", ".join(name for domain, name in DOMAINS.items() if info.get(domain)) or "nothing"


def listed(names: Iterable[str], near: str = "") -> str:
    """A list for a message, which is cut if it is long. What is like `near` comes first."""
    known = list(dict.fromkeys(names))
    close = get_close_matches(near, known, _SHOWN)
    known.sort(key=lambda name: close.index(name) if name in close else _SHOWN)
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return (", ".join(known[:_SHOWN]) or "none") + more


def language_code(language: str) -> str:
    """`de` of `de_DE` or `de-DE`."""
    return language.replace("_", "-").partition("-")[0].lower()


def _offered(found: object) -> Iterator[Offered]:
    for one in _tables(found):
        if name := _text(one, "name"):
            yield Offered(
                name,
                languages=tuple(_texts(one.get("languages"))),
                speakers=tuple(_text(speaker, "name") for speaker in _tables(one.get("speakers"))),
                phrase=_text(one, "phrase"),
                installed=one.get("installed") is not False,
            )


def _tables(found: object) -> Iterator[Mapping[str, object]]:
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, list):
        yield from (one_line(one)[:_LONGEST_NAME] for one in found if isinstance(one, str))


def _text(table: Mapping[str, object], key: str) -> str:
    found = table.get(key)
    return one_line(found)[:_LONGEST_NAME] if isinstance(found, str) else ""
