"""Where a sentence ends, as the text is written."""

from collections.abc import AsyncIterator

import pytest

from marvin.llm.sentences import sentences


async def cut(*deltas: str) -> list[str]:
    async def written() -> AsyncIterator[str]:
        for delta in deltas:
            yield delta

    return [sentence async for sentence in sentences(written())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is noon.", ["It is noon."]),
        ("Yes! Really? Fine.", ["Yes!", "Really?", "Fine."]),
        ("It is 3.5 km. Or 2.", ["It is 3.5 km.", "Or 2."]),
        (
            "Dr. Smith met Mrs. Jones, e.g. here. Then left.",
            ["Dr. Smith met Mrs. Jones, e.g. here.", "Then left."],
        ),
        ("J. R. Smith wrote it. Yes.", ["J. R. Smith wrote it.", "Yes."]),
        ('He said "No." Then went.', ['He said "No."', "Then went."]),
        ("One\n\nTwo", ["One", "Two"]),
        ("  \n ", []),
        ("", []),
    ],
)
async def test_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert await cut(text) == expected
    assert await cut(*text) == expected  # however it comes


async def test_a_sentence_is_there_as_soon_as_the_next_begins() -> None:
    arrived: list[str] = []

    async def written() -> AsyncIterator[str]:
        yield "One. T"
        arrived.append("asked for more")
        yield "wo."

    async for sentence in sentences(written()):
        arrived.append(sentence)
    assert arrived == ["One.", "asked for more", "Two."]
