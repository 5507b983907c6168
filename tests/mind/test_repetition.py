"""An answer that loops ends before the loop; what only sounds alike is spoken whole."""

from collections.abc import Iterable

import pytest

from marvin.mind.spoken_text import SpokenText


def spoken(deltas: Iterable[str], *, first_clause: int = 24) -> str:
    text = SpokenText(first_clause=first_clause)
    return " ".join([*(piece for delta in deltas for piece in text.feed(delta)), *text.end()])


LOOPS = {
    "one sentence": ("I am a voice assistant. " * 27, "I am a voice assistant."),
    "a sentence that begins with a clause": (
        "I am Marvin, your own voice assistant. " * 9,
        "I am Marvin, your own voice assistant.",
    ),
    "one that is cut off": (
        "It is in Paris, I think. " * 4 + "It is in Pa",
        "It is in Paris, I think.",
    ),
    "two sentences in turn": (
        "It is red. It is like a rose. " * 9,
        "It is red. It is like a rose.",
    ),
    "behind an answer": (
        "Rome is in Italy. " + "It is a very old city. " * 9,
        "Rome is in Italy. It is a very old city.",
    ),
    "a numbered list": (
        "".join(f"{at}. Mix the flour and eggs.\n" for at in range(1, 9)),
        "1. Mix the flour and eggs.",
    ),
    "short sentences": ("Is it? It is. " * 20, "Is it? It is."),
    "words in a sentence": (
        "I like the red cat" + " and the red cat" * 30,
        "I like the red cat.",
    ),
    "one word": ("It is very " + "very " * 90 + "big.", "It is very."),
    "words over several sentences": ("No. " * 60, "No."),
    "a sentence between new ones": (
        "".join(f"It is a kind of bird. Number {at} is new. " for at in "abcdefgh"),
        "It is a kind of bird. Number a is new. It is a kind of bird. Number b is new. "
        "It is a kind of bird. Number c is new.",
    ),
    "one that is cut off after its first repetition": (
        "I am not sure about that. I am not sure about that. I am not",
        "I am not sure about that.",
    ),
    "a sentence said again at once": (
        "It is red. I am not sure about that. I am not sure about that.",
        "It is red. I am not sure about that.",
    ),
    "a line of verse": (
        "Listen. " + "The sea is wide, and every ship has its day,\n" * 3,
        "Listen. The sea is wide, and every ship has its day.",
    ),
    "characters": ("哈" * 60, "哈."),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_not_spoken(name: str) -> None:
    text, expected = LOOPS[name]
    assert spoken(text) == expected
    assert spoken([text]) == expected


FINE = [
    "No, no, no, no, that is wrong.",
    "Ha ha ha ha ha ha! That is funny.",
    "Tick tock, tick tock, tick tock, tick tock, says the clock.",
    "One, two, three, four, five. One, two, three, four, five, six.",
    "0, 0, 0, 1. 1010 is ten, 10101010 is a hundred and seventy.",
    "One zero one zero one zero one zero is a hundred and seventy.",
    "Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo.",
    "Yes. Yes. No. Yes. No. No.",
    "Happy birthday to you. Happy birthday to you. Happy birthday, dear Tom. "
    "Happy birthday to you.",
    "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is "
    "but a dream. Row, row, row your boat, gently to the shore. Merrily, merrily, merrily, "
    "merrily, life is but a dream.",
    "Knock, knock. Who's there? Banana. Banana who? Knock, knock. Who's there? Banana. Banana who? "
    "Knock, knock. Who's there? Orange. Orange who? Orange you glad I did not say banana?",
    "You can walk to the park. You can walk to the river. You can walk to the old town.",
    "1. Mix the eggs. 2. Mix the flour. 3. Bake it for an hour. 4. Mix the eggs.",
    "Ninety-nine bottles of beer on the wall, ninety-nine bottles of beer. Take one down, pass it "
    "around, ninety-eight bottles of beer on the wall. Ninety-eight bottles of beer on the wall, "
    "ninety-eight bottles of beer. Take one down, pass it around, ninety-seven bottles.",
    "Is it a bird? Is it a plane? Is it a bird? It is Superman.",
    "We shall fight on the beaches, we shall fight on the landing grounds, we shall fight in the "
    "fields and in the streets, we shall fight in the hills; we shall never surrender.",
    "What will be, will be. So it goes. What will be, will be.",
    "今日は。 今日は。 元気です。",
]


@pytest.mark.parametrize("text", FINE)
def test_what_goes_on_is_spoken_whole(text: str) -> None:
    assert spoken(text) == text
    assert spoken(text, first_clause=0) == text


def test_a_refrain_waits_until_the_answer_goes_on() -> None:
    assert spoken("Never say no. Why is that? Never say no.") == (
        "Never say no. Why is that? Never say no."
    )
    assert spoken("Never say no. Why is that? Never say") == "Never say no. Why is that?"
