"""What a language model can answer is not refused, in any language."""

import pytest

from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.skills.skillset import Skillset
from tests.skills.conftest import Marvin

_FOR_THE_MODEL = {
    "de": (
        "Erzähl mir eine Geschichte über einen Drachen",
        "Wie funktioniert eine Heizung?",
        "Wer hat die Glühbirne erfunden?",
        "Schreib ein Gedicht über Musik",
        "Spiel mit mir ein Quiz",
        "Übersetze Licht ins Englische",
        "Wie kann man eine Pizza bestellen?",
        "Warum ist der Himmel blau?",
        "Wer hat 1954 die Weltmeisterschaft gewonnen?",
    ),
    "es": (
        "Cuéntame un cuento",
        "¿Cómo funciona la calefacción?",
        "¿Quién inventó la bombilla?",
        "Escribe un poema sobre el mar",
        "Dame una receta de paella",
        "¿Por qué el cielo es azul?",
        "¿Qué tiempo verbal es este?",
        "¿Quién ganó la segunda guerra mundial?",
    ),
    "fr": (
        "Raconte-moi une histoire",
        "Comment fonctionne un chauffage ?",
        "Qui a inventé l'ampoule ?",
        "Écris un poème sur la mer",
        "Donne-moi une recette de crêpes",
        "Pourquoi le ciel est bleu ?",
        "Traduis lumière en anglais",
        "Qui a gagné la coupe du monde en 1998 ?",
    ),
    "it": (
        "Raccontami una storia",
        "Come funziona il riscaldamento?",
        "Chi ha inventato la lampadina?",
        "Scrivi una poesia sul mare",
        "Dammi una ricetta per la carbonara",
        "Perché il cielo è blu?",
        "Chi ha vinto la seconda guerra mondiale?",
    ),
    "nl": (
        "Vertel een verhaal",
        "Hoe werkt een verwarming?",
        "Wie heeft de gloeilamp uitgevonden?",
        "Schrijf een gedicht over de zee",
        "Geef me een recept voor pannenkoeken",
        "Waarom is de lucht blauw?",
        "Wie heeft de tweede wereldoorlog gewonnen?",
    ),
}


@pytest.fixture(scope="module", params=_FOR_THE_MODEL)
def asked(request: pytest.FixtureRequest) -> tuple[str, Marvin]:
    skillset = Skillset.load(SkillsConfig(), languages=(request.param,))
    return request.param, Marvin(skillset, Dialogue(0.5))


def test_questions_and_texts_are_left_to_the_model(asked: tuple[str, Marvin]) -> None:
    code, user = asked
    assert [text for text in _FOR_THE_MODEL[code] if user.understands(text)] == []
