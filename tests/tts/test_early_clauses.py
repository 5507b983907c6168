"""A sentence is cut into clauses that are in time, and never within a word."""

import pytest

from marvin.tts.kokoro.early_clauses import MOST, cost_s, cut, letters_in

LONG = (
    "The timer for the pasta has twelve minutes and thirty seconds left, and the one for the eggs "
    "was cancelled when you asked me to be quiet until the end of the film."
)


def clauses(text: str, letters: int, *, within: bool = True) -> list[str]:
    found = []
    while text:
        at = cut(text, letters, within=within)
        found.append(text[:at].strip())
        text = text[at:]
    return found


@pytest.mark.parametrize("letters", [16, 24, 40, 80, 160])
@pytest.mark.parametrize("within", [True, False])
def test_nothing_is_lost_and_no_word_is_cut(letters: int, within: bool) -> None:
    parts = clauses(LONG, letters, within=within)
    assert " ".join(parts) == LONG
    assert all(len(part) >= 8 for part in parts)


def test_without_words_only_punctuation_cuts() -> None:
    assert clauses(LONG, 16, within=False) == [
        "The timer for the pasta has twelve minutes and thirty seconds left,",
        "and the one for the eggs was cancelled when you asked me to be quiet until the end of the "
        "film.",
    ]


def test_within_a_clause_words_that_may_follow_a_pause_cut() -> None:
    assert clauses(LONG, 30)[:3] == [
        "The timer for the pasta",
        "has twelve minutes",
        "and thirty seconds left,",
    ]


def test_a_sentence_that_is_short_enough_stays_whole() -> None:
    assert clauses("Yes, it is ten past nine.", 24) == ["Yes, it is ten past nine."]
    assert clauses("It is ten past nine, as you know.", 24) == [
        "It is ten past nine,",
        "as you know.",
    ]


def test_fragments_are_left_with_their_neighbours() -> None:
    assert clauses("Well, the train to London leaves soon.", 16)[0] == "Well, the train"
    assert clauses("The train leaves very soon now, Anna.", 20) == [
        "The train leaves very soon now, Anna."
    ]


def test_a_number_is_not_cut() -> None:
    assert clauses("It is six hundred and twelve meters high there.", 18, within=True) == [
        "It is six hundred and twelve meters high there."
    ]


@pytest.mark.parametrize("text", ["x" * 1_000, "你" * 1_000, "word " * 300])
def test_a_text_without_punctuation_is_cut_at_the_limit(text: str) -> None:
    parts = clauses(text.strip(), 16, within=False)
    assert max(map(len, parts)) <= MOST
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


def test_a_faster_machine_gets_longer_clauses() -> None:
    lengths = [letters_in(0.0, work) for work in (2.0, 0.3, 0.2, 0.1, 0.01)]
    assert lengths == sorted(lengths)
    assert lengths[0] == letters_in(0.0, None) == 16
    assert lengths[-1] == MOST


@pytest.mark.parametrize("work", [0.1, 0.2, 0.3])
def test_each_clause_is_done_while_there_is_something_to_hear(work: float) -> None:
    ahead_s = 0.0
    lengths = []
    for _ in range(6):
        lengths.append(letters_in(ahead_s, work))
        speech_s = lengths[-1] / 14
        assert lengths[-1] in (16, 24) or cost_s(speech_s, work) <= max(ahead_s, 0.5) + 0.15
        ahead_s = max(0.0, ahead_s - cost_s(speech_s, work)) + speech_s
    assert lengths == sorted(lengths)


def test_no_pause_behind_a_word_that_asks_for_more() -> None:
    assert clauses("The meeting of the board is at half past two tomorrow.", 30)[:2] == [
        "The meeting of the board",
        "is at half past two tomorrow.",
    ]
