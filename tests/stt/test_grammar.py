"""Compiling sentence templates into a word graph."""

import pytest

from marvin.errors import ConfigError
from marvin.stt.automaton import WordGraph
from marvin.stt.grammar import compile_grammar, number_graph, sentence_with
from marvin.stt.grammar_spelling import words_in
from marvin.stt.spoken import number_words, pieces, written
from marvin.types import Patterns


def said(graph: WordGraph) -> set[str]:
    """All sentences of a small graph, as written."""
    found = set()
    todo = [(0, "")]
    while todo:
        state, text = todo.pop()
        if state in graph.accepting:
            found.add(" ".join(text.split()))
        for source, target, word in graph.arcs:
            if source == state:
                todo.append((target, f"{text} {written(word)}"))
    return found


def sentences(
    *templates: str,
    lists: dict[str, tuple[str, ...] | range] | None = None,
    rules: dict[str, str] | None = None,
) -> set[str]:
    return said(compile_grammar(Patterns(templates, lists or {}, rules or {})))


def test_alternatives_and_optional_words() -> None:
    assert sentences("(turn|switch) on [the] lamp") == {
        "turn on lamp",
        "turn on the lamp",
        "switch on lamp",
        "switch on the lamp",
    }


def test_permutations_are_accepted_in_every_order() -> None:
    assert sentences("(lights;now;please)") == {
        "lights now please",
        "lights please now",
        "now lights please",
        "now please lights",
        "please lights now",
        "please now lights",
    }


def test_parts_are_joined_to_words() -> None:
    assert sentences("light[s] (on|off)") == {"light on", "lights on", "light off", "lights off"}


def test_lists_and_rules() -> None:
    found = sentences(
        "<turn> {lamp:which}",
        lists={"lamp": ("bed light", "office lamp")},
        rules={"turn": "turn (on|off)"},
    )
    assert found == {
        "turn on bed light",
        "turn on office lamp",
        "turn off bed light",
        "turn off office lamp",
    }


def test_capitals_punctuation_digits_and_hyphens_become_spoken_words() -> None:
    assert sentences("What's the TV-set at 50%, o\N{RIGHT SINGLE QUOTATION MARK}clock?") == {
        "what's the tv set at fifty percent o'clock"
    }


def test_range_without_steps_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"^skills: sentence 'set \{1\.\.5,0:n\}': the steps of"):
        sentences("set {1..5,0:n}")


def test_ranges_become_numbers_in_words() -> None:
    assert sentences("{n} minutes", lists={"n": range(19, 22)}) == {
        "nineteen minutes",
        "twenty minutes",
        "twenty one minutes",
    }


def test_range_may_be_inline_and_have_steps() -> None:
    assert sentences("{0..20,10:percent}%") == {"zero percent", "ten percent", "twenty percent"}


def test_hundred_and_five_is_written_as_hassil_matches_it() -> None:
    graph = number_graph(range(105, 106))
    assert said(graph) == {"one hundred five"}
    assert {"one=a", "=and"} <= graph.words


def test_numbers_share_their_words() -> None:
    assert said(number_graph(range(1_000))) == {
        " ".join(number_words(number)) for number in range(1_000)
    }
    assert len(number_graph(range(1_000)).arcs) < 150


def test_long_ranges_accept_any_number_of_that_size() -> None:
    graph = number_graph(range(-10_000, 1_000_001))
    assert {"million", "thousand", "minus", "zero"} <= graph.words
    assert len(graph.arcs) < 1_000


def test_graph_is_minimal() -> None:
    graph = compile_grammar(
        Patterns(tuple(f"turn {on} the {lamp}" for on in ("on", "off") for lamp in "abc"))
    )
    assert len(graph.arcs) == 1 + 2 + 1 + 3


def test_empty_grammar_accepts_nothing() -> None:
    assert compile_grammar(Patterns(())).arcs == ()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("turn on {lmp}", "skills: sentence 'turn on {lmp}': no list {lmp} (did you mean 'lamp'?)"),
        ("<trn> on", "skills: sentence '<trn> on': no rule <trn> (did you mean 'turn'?)"),
        ("<loop>", "skills: sentence '<loop>': rule <loop> contains itself"),
        ("(a;b;c;d;e;f)", "skills: sentence '(a;b;c;d;e;f)': a permutation may have at most 5"),
        ("turn (on", "skills: sentence 'turn (on': 'turn (on' cannot be parsed"),
    ],
)
def test_mistakes_are_named(template: str, message: str) -> None:
    patterns = Patterns((template,), {"lamp": ("lamp",)}, {"turn": "turn", "loop": "a <loop>"})
    with pytest.raises(ConfigError) as caught:
        compile_grammar(patterns)
    assert str(caught.value).startswith(message)


def test_sentence_of_a_word_is_found() -> None:
    patterns = Patterns(("lights on", "play {song}"), {"song": ("marimba",)})
    assert sentence_with("marimba", patterns) == "play {song}"
    assert sentence_with("lamp", patterns) == ""


def test_words_may_begin_or_end_a_chunk() -> None:
    assert pieces("turn on ") == ["turn", " ", "on", " "]
    assert pieces("5pm") == [" ", "five", " ", "pm"]


def test_digits_are_separate_words() -> None:
    assert said(compile_grammar(Patterns(("play channel 25",)))) == {"play channel twenty five"}
    assert words_in("en", "to 125%") == ["to", "one", "hundred", "twenty", "five", "percent"]
