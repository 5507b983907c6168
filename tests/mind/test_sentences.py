"""Splitting text into pieces to speak, while it is written."""

import random
from collections.abc import Iterable

import pytest

from marvin.mind.sentences import LONGEST, SentenceSplitter, sentences


def cut(deltas: Iterable[str], *, first_clause: int = 0, longest: int = LONGEST) -> list[str]:
    splitter = SentenceSplitter(first_clause=first_clause, longest=longest)
    return [piece for delta in deltas for piece in splitter.feed(delta)] + splitter.end()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is noon.", ["It is noon."]),
        ("Yes! Really? Fine.", ["Yes!", "Really?", "Fine."]),
        ("No?! Well... yes. Hm… No.", ["No?!", "Well... yes.", "Hm…", "No."]),
        ("ok. sure. fine", ["ok.", "sure.", "fine"]),
        ("It is 3.5 km. Or 2.", ["It is 3.5 km.", "Or 2."]),
        ("It is 10.30. Go to www.a.org. Now.", ["It is 10.30.", "Go to www.a.org.", "Now."]),
        (
            "Dr. Smith met Mrs. Jones, e.g. here. Then left.",
            ["Dr. Smith met Mrs. Jones, e.g. here.", "Then left."],
        ),
        ("J. R. Smith wrote it. Yes.", ["J. R. Smith wrote it.", "Yes."]),
        ("The U.S. Army left the U.S. It did.", ["The U.S. Army left the U.S.", "It did."]),
        (
            "At 5 a.m. he left. At 6 p.m. She came.",
            ["At 5 a.m. he left.", "At 6 p.m.", "She came."],
        ),
        ("See No. 5 and Nov. 21. No. Yes.", ["See No. 5 and Nov. 21.", "No.", "Yes."]),
        ("St. John, Main St. He sat.", ["St. John, Main St.", "He sat."]),
        ("Milk, eggs, etc. And tea.", ["Milk, eggs, etc.", "And tea."]),
        ("Take vitamin C. It helps.", ["Take vitamin C.", "It helps."]),
        ('He said "No." Then went.', ['He said "No."', "Then went."]),
        ('"No." he said. (Yes.) So.', ['"No." he said.', "(Yes.)", "So."]),
        ("1. Do this. 2. Do that.", ["1. Do this.", "2. Do that."]),
        ("It is 5. Then 42.", ["It is 5.", "Then 42."]),
        ("One\n\nTwo etc.\n\nThree", ["One", "Two etc.", "Three"]),
        ("今日は。元気\uff1f「はい。」でも", ["今日は。", "元気\uff1f", "「はい。」", "でも"]),
        ("مرحبا؟ نعم. यह है। वह", ["مرحبا؟", "نعم.", "यह है।", "वह"]),
        ("  \n ", []),
        ("", []),
    ],
)
def test_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert cut([text]) == expected
    assert cut(text) == expected  # However the text is split.
    assert sentences(text) == expected


def test_sentence_is_released_when_the_next_begins() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("One.") == []
    assert splitter.feed(" T") == ["One."]
    assert splitter.feed("wo.") == []
    assert splitter.end() == ["Two."]


def test_first_piece_may_be_a_clause() -> None:
    text = "Yes, I can do that for you, of course, if you like. Well, shall I, or not?"
    first, *rest = cut([text], first_clause=12)
    assert first == "Yes, I can do that for you,"
    assert rest == ["of course, if you like.", "Well, shall I, or not?"]
    assert cut(["It is 21, 22 or 1,234."], first_clause=5) == ["It is 21, 22 or 1,234."]
    assert cut(["No. Then, well."], first_clause=5) == ["No.", "Then, well."]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("The difference of the two, 10 - 3, is 7.", "The difference of the two, 10 - 3,"),
        ("The difference of both is 10 - 3 is 7.", None),
        ("They lived from about 1990—95 in Rome.", None),
        ("The museum opens from 9:00 - 17:00 today.", None),
        ("The museum is open again - at least today.", "The museum is open again -"),
        ("In German pi is 3,1415, or a bit more.", "In German pi is 3,1415,"),
        ("Buy some apples and pears, e.g., red ones.", "Buy some apples and pears,"),
        ("Ask Dr. Smith, e.g., or Mr. Jones, about it.", "Ask Dr. Smith, e.g., or Mr. Jones,"),
        ('He said "come to me at noon," and left.', 'He said "come to me at noon,"'),
        ("Die Sitzung beginnt morgen, weil heute Montag ist.", "Die Sitzung beginnt morgen,"),
        ("今天天气很好，我们去公园吧。", "今天天气很好，"),  # noqa: RUF001
        ("今日はとてもいい天気、散歩しましょう。", "今日はとてもいい天気、"),
        ("Здесь сегодня очень тепло, и идёт дождь.", "Здесь сегодня очень тепло,"),
    ],
)
def test_where_a_first_clause_ends(text: str, first: str | None) -> None:
    pieces = cut(text, first_clause=18)
    assert pieces[0] == (first or text)
    assert cut([text], first_clause=18) == pieces


def test_long_sentence_is_cut_at_a_clause_or_else_between_words() -> None:
    clauses = cut(["and one more thing, " * 250])
    assert all(piece.endswith("thing,") for piece in clauses)
    assert max(map(len, clauses)) <= LONGEST
    words = cut(["word " * 1000])
    assert {word for piece in words for word in piece.split()} == {"word"}
    assert max(map(len, words)) <= LONGEST
    assert list(map(len, cut(["x" * 600]))) == [LONGEST, LONGEST, 600 - 2 * LONGEST]


def test_nothing_is_lost_and_every_split_gives_the_same_pieces() -> None:
    dice = random.Random(3)
    soup = [
        *(
            "Dr.",
            "e.g.",
            "U.S.",
            "3.5",
            "No. ",
            "a.m.",
            "etc. ",
            "The ",
            "Hello",
            "it",
            "1. ",
            "x" * 30,
        ),
        *(
            " ",
            "\n",
            "\n\n",
            ".",
            "!",
            "?",
            "...",
            "…",
            ",",
            ", ",
            "; ",
            " - ",
            "—",
            '"',
            "”",
            ")",
            "(",
        ),
        *("。", "\uff01", "こん", "؟", "।", "one two three "),
    ]
    for _ in range(1500):
        text = "".join(dice.choices(soup, k=dice.randint(0, 60)))
        limits = {"first_clause": dice.choice([0, 24]), "longest": dice.choice([20, 60, LONGEST])}
        pieces = cut([text], **limits)
        assert "".join("".join(pieces).split()) == "".join(text.split())
        assert all(piece.strip() == piece != "" for piece in pieces)
        assert all(len(piece) <= limits["longest"] for piece in pieces)
        at = dice.randint(0, len(text))
        assert cut([text[:at], text[at:]], **limits) == pieces
        assert cut(text, **limits) == pieces


@pytest.mark.parametrize("run", [".", "?!", "。", "\n", ". ", '"', "e.g. "])
def test_long_runs_of_marks(run: str) -> None:
    """With a pattern that backtracks, each takes minutes."""
    text = f"a{run * (20_000 // len(run))}"
    assert "".join(sentences(text)).replace(" ", "") == text.replace(" ", "").strip()
