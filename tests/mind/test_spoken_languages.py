"""Sentences and instructions in other languages than English."""

import pytest

from marvin.config.llm import ConversationTable
from marvin.languages.language import CODES
from marvin.languages.translation import speaking_in
from marvin.mind.instructions import instructions
from marvin.mind.memory import Memory
from marvin.mind.sentences import sentences


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        (
            "de",
            ["Nimm z. B. Käse.", "Am 24. Dezember ist Heiligabend.", "Es sind 3.", "Das reicht."],
        ),
        ("de", ["Mehl, Zucker usw.", "Dann backen."]),
        ("es", ["La Sra. Pérez llamó ayer.", "Son 3.", "Nada más."]),
        ("fr", ["J'ai vu M. Dupont et Mme. Durand.", "Il en reste 3.", "Bien."]),
        ("it", ["Il dott. Rossi è qui.", "Pane, latte ecc.", "Poi basta."]),
        ("nl", ["Neem bijv. kaas.", "Melk, brood enz.", "Dan klaar."]),
    ],
)
def test_abbreviations_and_ordinals_end_no_sentence(code: str, parts: list[str]) -> None:
    with speaking_in(code):
        assert sentences(" ".join(parts)) == parts


@pytest.mark.parametrize("code", CODES)
def test_language_model_is_told_the_language_and_how_to_refuse(code: str) -> None:
    table = ConversationTable()
    told = instructions(table, code)
    assert table.system_prompt in told
    assert "I cannot do that." not in told
    (prompt, _) = Memory(table).ask("?", code)
    assert prompt.text == told


def test_english_and_empty_prompts_are_left_alone() -> None:
    assert instructions(ConversationTable(), "en") == ConversationTable().instructions
    assert instructions(ConversationTable(system_prompt=""), "de") == ""
