"""The proposed threshold has the fewest false accepts, then the fewest misses, then the middle."""

import pytest

from marvin.workshop.test_mic.proposal import propose


@pytest.mark.parametrize(
    ("words", "room", "threshold", "missed"),
    [
        pytest.param([0.9, 0.8, 0.95], [0.2, 0.4], 0.6, 0, id="the middle of the gap"),
        pytest.param([0.9, 0.3, 0.8], [0.5], 0.65, 1, id="the room is louder than one word"),
        pytest.param([0.9, 0.0, 0.8], [0.5], 0.65, 1, id="a word not heard at all"),
        pytest.param([0.517], [0.513], 0.515, 0, id="a gap too narrow for two digits"),
        pytest.param([0.4], [0.05], 0.23, 0, id="a low worst word"),
        pytest.param([0.25], [0.01], 0.2, 0, id="never as low as chance scores"),
        pytest.param([0.9, 0.2], [0.5], 0.7, 1, id="half of them missed still gives a proposal"),
        pytest.param([0.9, 0.2, 0.3], [0.5], None, 2, id="more than half missed gives none"),
        pytest.param([0.9, 0.9], [0.95], None, 2, id="the room scores higher"),
        pytest.param([], [0.5], None, 0, id="nothing was said"),
        pytest.param([0.9], [], 0.5, 0, id="a silent room keeps the current threshold"),
        pytest.param([0.4], [], 0.2, 0, id="unless it misses words"),
    ],
)
def test_proposed_threshold(
    words: list[float], room: list[float], threshold: float | None, missed: int
) -> None:
    proposal = propose(words, room, present=0.5)
    assert (proposal.threshold, proposal.missed) == (threshold, missed)


def test_it_separates_the_words_from_the_room_whatever_the_scores() -> None:
    for below in range(0, 1000, 37):
        for above in range(below + 1, 1001, 41):
            worst = above / 1000
            found = propose([worst], [below / 1000], present=0.5).threshold
            if worst >= 0.2:
                assert found is not None
                assert below / 1000 < found <= worst
