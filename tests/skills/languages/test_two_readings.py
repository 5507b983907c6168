"""Two possible transcripts with different meanings, in each language."""

from pathlib import Path

import pytest

from marvin.types import Ask, ReplyItem
from tests.skills.conftest import Clock
from tests.skills.languages.test_languages import load

_HEARD = {
    "de": (
        "Stell die Lautstärke auf {} Prozent",
        ("15 oder 50 Prozent?", "Das Erste oder das Zweite: 15 oder 50 Prozent?"),
        ("das Zweite", "ich meinte fünfzig", "fünfzig Prozent"),
        "Lautstärke 50 Prozent.",
    ),
    "es": (
        "Pon el volumen al {} por ciento",
        ("¿15 o 50?", "¿Lo primero o lo segundo: 15 o 50?"),
        ("el segundo", "he dicho cincuenta", "cincuenta por ciento"),
        "Volumen al 50 por ciento.",
    ),
    "fr": (
        "Mets le volume à {} pour cent",
        ("15 ou 50 ?", "Le premier ou le deuxième : 15 ou 50 ?"),
        ("le deuxième", "j'ai dit cinquante", "cinquante pour cent"),
        "Volume à 50 pour cent.",
    ),
    "it": (
        "Imposta il volume al {} per cento",
        ("15 o 50?", "Il primo o il secondo: 15 o 50?"),
        ("il secondo", "ho detto cinquanta", "cinquanta per cento"),
        "Volume: 50 per cento.",
    ),
    "nl": (
        "Zet het volume op {} procent",
        ("15 of 50 procent?", "Het eerste of het tweede: 15 of 50 procent?"),
        ("het tweede", "ik bedoel vijftig", "vijftig procent"),
        "Volume 50 procent.",
    ),
}


@pytest.mark.parametrize(("code", "said"), _HEARD.items())
def test_it_is_asked_which_was_meant(
    code: str, said: tuple[str, tuple[str, str], tuple[str, ...], str], tmp_path: Path
) -> None:
    sentence, questions, answers, done = said
    marvin = load(code, tmp_path, Clock())
    for answer in answers:
        alternatives = [sentence.format(number) for number in (15, 50)]
        assert asked(marvin.hears(*alternatives)) == questions[0]
        assert asked(marvin.hears("50", "15")) == questions[1]
        assert marvin.says(answer) == done


def asked(reply: list[ReplyItem] | None) -> str:
    assert reply is not None
    (question,) = reply
    assert isinstance(question, Ask)
    return question.text
