"""Every form in which Whisper may write a sentence leads through the graph, and nothing else."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest

from marvin.stt.grammar import compile_grammar
from marvin.stt.whisper.token_graph import TokenGraph
from marvin.types import Patterns
from tests.checkpoints.whisper import new_tokenizer

PATTERNS = Patterns(
    (
        "turn (on|off) [the] [living room] light",
        "set [the] {light} [brightness] to {percent} percent",
        "set a timer for {minutes} (minute|minutes) [and {minutes} seconds]",
        "what's the weather",
        "make the lamp a nice colour",
        "stop",
        "add {large} and {large}",
    ),
    {
        "light": ("bed light", "tv"),
        "percent": range(101),
        "minutes": range(1, 100),
        "large": range(10**6),
    },
)
ANSWERS = Patterns(("[the] {light}", "stop", "{minutes} [minutes]"), PATTERNS.lists)
WAKE = ("marvin", "hey marvin")

Read = Callable[[str], tuple[str, ...]]


def reader(graph: TokenGraph, *, answer: bool = False) -> Read:
    """Finds the sentences that a text may be."""

    def sentences(text: str) -> tuple[str, ...]:
        place = graph.start(answer=answer)
        for token in tokenize([text])[0]:
            if token not in graph.tokens(place):
                return ()
            place = graph.after(place, token)
        return place.complete

    return sentences


def tokenize(texts: Sequence[str]) -> list[list[int]]:
    ids: list[list[int]] = tokenizer()(list(texts), add_special_tokens=False)["input_ids"]
    return ids


@cache
def tokenizer() -> Any:
    return new_tokenizer(30)


@pytest.fixture(scope="module")
def graph() -> TokenGraph:
    return TokenGraph(compile_grammar(PATTERNS), tokenize, WAKE, compile_grammar(ANSWERS))


@pytest.fixture(scope="module")
def read(graph: TokenGraph) -> Read:
    return reader(graph)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" turn on the light", "turn on the light"),
        (" Turn on the Living Room light.", "turn on the living room light"),
        (" Turn off, the light!", "turn off the light"),
        (" Marvin, turn on light.", "turn on light"),
        (" Hey Marvin. Turn on light", "turn on light"),
        (" Please turn on the light", "turn on the light"),
        (" Can you turn on the light, please?", "turn on the light"),
        (" Set Bed Light to 50%.", "set bed light to fifty percent"),
        (" set tv brightness to 50 percent", "set tv brightness to fifty percent"),
        (" Set TV to 100%", "set tv to one hundred percent"),
        (" set tv to a hundred percent", "set tv to one hundred percent"),
        (" Set a timer for 25 minutes.", "set a timer for twenty five minutes"),
        (" Set a timer for twenty-five minutes.", "set a timer for twenty five minutes"),
        (" set a timer for twenty five minutes", "set a timer for twenty five minutes"),
        (" Set a timer for 1 minute and 6 seconds", "set a timer for one minute and six seconds"),
        (" What's the weather?", "what's the weather"),
        (" Make the lamp a nice color.", "make the lamp a nice colour"),
        (" Stop!", "stop"),
        (" Add 105 and seven", "add one hundred five and seven"),
        (" Add one hundred and five and 900", "add one hundred five and nine hundred"),
        (" add two thousand and 3", "add two thousand and three"),
    ],
)  # fmt: skip
def test_forms_of_a_sentence(read: Read, text: str, sentence: str) -> None:
    assert sentence in read(text)


@pytest.mark.parametrize(
    "text",
    [
        " Turn on the lights",
        " Turn on",
        " Marvin",
        " Please",
        "",
        " Set bed light to 101%",
        " Set a timer for 100 minutes",
        " Set a timer for 0 minutes",
        " Set a timer for minutes",
        " Stop! Stop",
        " Stop it",
    ],
)
def test_what_is_no_sentence(read: Read, text: str) -> None:
    assert read(text) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" The bed light.", "the bed light"),
        (" Marvin, TV", "tv"),
        (" 25 minutes", "twenty five minutes"),
        (" twenty-five", "twenty five"),
    ],
)
def test_answers_are_sentences_only_after_a_question(
    graph: TokenGraph, text: str, sentence: str
) -> None:
    assert reader(graph)(text) == ()
    assert reader(graph, answer=True)(text) == (sentence,)


@pytest.mark.parametrize("text", [" Stop.", " Hey Marvin, turn on the light"])
def test_commands_may_follow_a_question(graph: TokenGraph, text: str) -> None:
    assert len(reader(graph, answer=True)(text)) == 1
    assert reader(graph, answer=True)(text) == reader(graph)(text)


def test_nodes_do_not_grow_with_the_number_of_sentences() -> None:
    places = tuple(f"place{number}" for number in range(300))
    patterns = Patterns(
        ("turn (on|off) {a} and {b} and {c}",), {"a": places, "b": places, "c": places}
    )
    graph = compile_grammar(patterns)
    asked: list[int] = []

    def letters(texts: Sequence[str]) -> list[list[int]]:
        asked.append(len(texts))
        return [list(map(ord, text)) for text in texts]

    TokenGraph(graph, letters)
    assert sum(asked) < 10 * len(places) + 2_000
