"""Replies that depend on chance, in each language."""

import re
from itertools import pairwise

import pytest

from marvin.languages.language import CODES, language
from tests.skills.conftest import Clock, Marvin
from tests.skills.languages.test_languages import load

_ONE_DIE = "The die shows {number}."
_DICE = "The dice show {numbers}, together {sum}."
_COINS = "{heads} heads and {tails} tails."
_CARD = "The {rank} of {suit}."
_SAID = {
    "de": {
        _ONE_DIE: ("Würfle bitte", "Wirf einen W20", "Wirf einen 20-seitigen Würfel"),
        _DICE: ("Würfel mit zwei Würfeln", "Würfle dreimal"),
        _COINS: ("Wirf drei Münzen", "Wirf zweimal eine Münze"),
        _CARD: ("Zieh eine Karte",),
        "Heads.|Tails.": ("Wirf eine Münze", "Kopf oder Zahl?"),
        "(Pizza|Pasta).": ("Entscheide zwischen Pizza und Pasta", "Wähle Pizza oder Pasta"),
    },
    "es": {
        _ONE_DIE: ("Tira un dado", "Tira un dado de 20 caras"),
        _DICE: ("Tira dos dados", "Lanza el dado tres veces"),
        _COINS: ("Lanza tres monedas",),
        _CARD: ("Saca una carta",),
        "Heads.|Tails.": ("Lanza una moneda", "¿Cara o cruz?"),
        "(Pizza|Pasta).": ("Elige entre pizza y pasta",),
    },
    "fr": {
        _ONE_DIE: ("Lance un dé", "Lance un dé à 20 faces"),
        _DICE: ("Lance deux dés", "Lance un dé trois fois"),
        _COINS: ("Lance trois pièces",),
        _CARD: ("Tire une carte",),
        "Heads.|Tails.": ("Lance une pièce", "Pile ou face ?"),
        "(Pizza|Pâtes).": ("Choisis entre pizza et pâtes",),
    },
    "it": {
        _ONE_DIE: ("Tira un dado", "Tira un dado a 20 facce"),
        _DICE: ("Tira due dadi", "Tira il dado tre volte"),
        _COINS: ("Lancia tre monete",),
        _CARD: ("Pesca una carta",),
        "Heads.|Tails.": ("Lancia una moneta", "Testa o croce?"),
        "(Pizza|Pasta).": ("Scegli tra pizza e pasta",),
    },
    "nl": {
        _ONE_DIE: ("Gooi een dobbelsteen", "Gooi een dobbelsteen met 20 kanten"),
        _DICE: ("Gooi twee dobbelstenen", "Gooi drie keer een dobbelsteen"),
        _COINS: ("Gooi drie munten op",),
        _CARD: ("Trek een kaart",),
        "Heads.|Tails.": ("Gooi een munt op", "Kop of munt?"),
        "(Pizza|Pasta).": ("Kies tussen pizza en pasta",),
    },
}


@pytest.fixture(scope="module", params=CODES)
def user(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Marvin]:
    return request.param, load(request.param, tmp_path_factory.mktemp(request.param), Clock())


def test_dice_coins_cards_and_choices(user: tuple[str, Marvin]) -> None:
    code, marvin = user
    for english, sentences in _SAID[code].items():
        replies = "|".join(language(code).replies.get(one, one) for one in english.split("|"))
        expected = re.sub(r"\{\w+\}", ".+", replies)
        for sentence in sentences:
            assert re.fullmatch(expected, marvin.says(sentence) or ""), sentence


def test_a_joke_is_never_told_twice_in_a_row(user: tuple[str, Marvin]) -> None:
    code, marvin = user
    said = [marvin.says(marvin.skillset.examples()["jokes"][0]) for _ in range(8)]
    assert all(one != other for one, other in pairwise(said))
    assert set(said) <= set(language(code).areas["jokes"].replies.values())
