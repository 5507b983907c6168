"""The skills' sentences in other languages, as words and as Whisper's tokens."""

from collections.abc import Sequence
from functools import cache

import pytest

from marvin.config.tables import SkillsConfig
from marvin.languages.language import CODES
from marvin.skills.skillset import Skillset
from marvin.stt.grammar import compile_grammar
from marvin.stt.grammar_spelling import PERCENT, numbers_of, pieces_in, range_word, words_in
from marvin.stt.whisper.likeness import alike
from marvin.stt.whisper.token_graph import TokenGraph
from marvin.types import Patterns


def letters(texts: Sequence[str]) -> list[list[int]]:
    """One token a letter."""
    return [[ord(letter) for letter in text] for text in texts]


def graph_of(patterns: Patterns) -> TokenGraph:
    return TokenGraph(compile_grammar(patterns), letters, ("marvin",), code=patterns.language)


def spelt(graph: TokenGraph, text: str) -> tuple[str, ...]:
    """The sentences that Whisper's text may be."""
    place = graph.start()
    for letter in f" {text}":
        place = graph.after(place, ord(letter))
    return place.complete


@cache
def skillset(code: str) -> Skillset:
    return Skillset.load(SkillsConfig(disabled=("units",)), languages=(code,))


FRENCH = Patterns(
    (
        "minuteur {minutes} minutes",
        "règle le volume à {percent} (pour cent|pourcent)",
        "quel jour sommes-nous",
        "ferme la porte d'entrée",
        "mets le chauffage à {percent} degrés",
    ),
    {"minutes": range(1, 100), "percent": range(101)},
    language="fr",
)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("Minuteur 20 minutes.", "minuteur 20 minutes"),
        ("minuteur vingt minutes", "minuteur 20 minutes"),
        ("Marvin, minuteur quatre-vingt-dix-neuf minutes !", ""),
        ("Marvin, minuteur quatre-vingt-dix-neuf minutes!", "minuteur 99 minutes"),
        ("Règle le volume à 80%.", "règle le volume à 80 %"),
        ("Règle le volume à 80 %", "règle le volume à 80 %"),
        ("règle le volume à 80 pour cent", "règle le volume à 80 %"),
        ("Règle le volume à 101%", ""),
        ("Quel jour sommes-nous?", "quel jour sommes-nous"),
        ("Quel jour sommes nous", "quel jour sommes-nous"),
        ("Ferme la porte d'entrée, s'il te plaît.", "ferme la porte d'entrée"),
        ("Peux-tu ferme la porte d'entrée", "ferme la porte d'entrée"),
        ("Mets le chauffage à 20°", "mets le chauffage à 20 degrés"),
    ],
)
def test_sentence_has_every_form_in_which_it_may_be_written(written: str, sentence: str) -> None:
    assert spelt(graph_of(FRENCH), written) == ((sentence,) if sentence else ())


@pytest.mark.parametrize("code", CODES)
def test_sentences_of_the_skills_are_a_grammar_in_each_language(code: str) -> None:
    patterns = skillset(code).patterns()
    assert patterns.language == code
    graph = graph_of(patterns)
    percent = PERCENT[code][0]
    for examples in skillset(code).examples().values():
        for example in examples:
            text = words_in(code, example)
            found = spelt(graph, " ".join(text)) or spelt(
                graph, " ".join(text).replace("%", percent)
            )
            assert not found or skillset(code).explain(found[0]) is not None, example


def test_numbers_beyond_the_largest_are_left_to_the_free_text() -> None:
    assert numbers_of(range_word(range(5, 30))) == range(5, 30)
    assert numbers_of(range_word(range(-10, 100_000))) == range(1000)
    assert numbers_of("dix") is None


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("fr", "Règle à quatre-vingts pour cent !", ["règle", "à", "80", "%"]),
        ("de", "Auf fünfundzwanzig Prozent", ["auf", "25", "%"]),
        ("it", "L\u2019ora", ["l'ora"]),
        ("en", "to 25%", ["to", "twenty", "five", "percent"]),
    ],
)
def test_words_are_in_the_spelling_of_the_grammar(code: str, text: str, words: list[str]) -> None:
    assert words_in(code, text) == words


def test_parts_of_words_are_kept_together() -> None:
    assert pieces_in("nl", "zet de lamp uit, 's avonds") == [
        *("zet", " ", "de", " ", "lamp", " ", "uit", " ", "s", " ", "avonds")
    ]


@pytest.mark.parametrize(
    ("code", "free", "sentence", "same"),
    [
        ("fr", "Fermez tous les volés", "ferme tous les volets", True),
        ("fr", "Ne ferme pas les volets", "ferme les volets", False),
        ("de", "Mach die Musik im Wohnzimmer lauter", "mach lauter", False),
        ("de", "Stell die Lautstärke nicht auf 50 Prozent", "stell die lautstärke auf 50 %", False),
        ("nl", "Zet het volume op 60", "zet het volume op 60 %", True),
    ],
)
def test_sentence_replaces_a_free_text_that_is_like_it(
    code: str, free: str, sentence: str, same: bool
) -> None:
    assert alike(words_in(code, free), sentence.split(), code) is same
