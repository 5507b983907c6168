"""Which part of a partial transcript is final."""

from itertools import pairwise

import pytest

from marvin.stt.agreement import Agreement
from marvin.types import Partial


def follow(*texts: str | None) -> list[str]:
    """The agreed part after each hypothesis of one utterance."""
    agreement = Agreement()
    agreed = []
    for text in texts:
        partial = agreement.update(text)
        agreed.append(partial.text[: partial.stable])
    return agreed


@pytest.mark.parametrize(
    ("texts", "agreed"),
    [
        (("What", "What time", "What time is it?"), ["", "What", "What time"]),
        (("What time?", "What time is it?"), ["", "What time"]),
        (("Set a time", "Set a timer"), ["", "Set a"]),
        (("It", "It's", "It's late."), ["", "", "It's"]),
        (("I scream", "Ice cream"), ["", ""]),
        (("Stop.", "Stop."), ["", "Stop"]),
        (("现在几", "现在几点", "现在几点了"), ["", "现在几", "现在几点"]),
        (("", "Stop.", "", "Stop."), ["", "", "", ""]),
    ],
)
def test_common_start_of_two_successive_hypotheses_is_final(
    texts: tuple[str, ...], agreed: list[str]
) -> None:
    assert follow(*texts) == agreed


def test_final_part_is_neither_retracted_nor_changed() -> None:
    texts = ("Turn on", "Turn on the", "Turn of the light", "", None, "Turn on the light", "Burn")
    agreed = follow(*texts)
    assert agreed[1] == "Turn on"
    assert all(later.startswith(earlier) for earlier, later in pairwise(agreed))


def test_contradicting_hypothesis_continues_after_the_final_part() -> None:
    agreement = Agreement()
    agreement.update("Turn on")
    agreement.update("Turn on the")
    assert agreement.update("Turn of the light") == Partial("Turn on the light", 7)
    assert agreement.update("Turn on the light") == Partial("Turn on the light", 17)
    assert agreement.update("Turn on the lights") == Partial("Turn on the light", 17)


def test_without_a_new_hypothesis_the_last_one_stays() -> None:
    agreement = Agreement()
    agreement.update("Turn on")
    assert agreement.update(None) == Partial("Turn on", 0)
