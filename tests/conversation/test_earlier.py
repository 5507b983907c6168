"""What was heard before the wake word is kept only if asked for, and as long as asked for."""

from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest

from marvin.config.tables import Config
from marvin.conversation.ear import HeardChunk
from marvin.conversation.utterance import PreRoll
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Message
from tests.fake_line import Line
from tests.fakes import QUESTION, FakeSource


def chunk(at: int) -> HeardChunk:
    samples = np.full(CHUNK_SAMPLES, float(at), np.float32)
    return HeardChunk(AudioChunk(samples, start=at * CHUNK_SAMPLES), 0.0, -60.0, -60.0, None)


@pytest.mark.parametrize(("earlier_s", "numbers"), [(0.0, []), (0.4, range(130, 140))])
def test_the_seconds_before_are_kept(earlier_s: float, numbers: Sequence[int]) -> None:
    pre_roll = PreRoll(1.6, earlier_s)
    for at in range(170):
        pre_roll.append(chunk(at))
    kept = pre_roll.earlier(140 * CHUNK_SAMPLES)
    found = [] if kept is None else list(kept[::CHUNK_SAMPLES])
    assert found == list(numbers)
    assert [one.chunk.start // CHUNK_SAMPLES for one in pre_roll.since(0)] == list(range(130, 170))


class Hears:
    """Remembers how much it has heard."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def warm(self) -> None: ...

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        self.seconds.append(sum(map(len, messages[-1].audio)) / RATE_HZ)
        yield "A door."


async def test_a_question_about_a_sound_has_it() -> None:
    heard = []
    for earlier_s in (0.0, 0.8):
        model = Hears()
        config = Config().model_copy(
            update={"turn": Config().turn.model_copy(update={"earlier_s": earlier_s})}
        )
        line = Line(
            FakeSource("." * 60 + QUESTION), language_model=model, config=config, hears="none"
        )
        await line.run()
        heard += model.seconds[-1:]
    assert heard[1] - heard[0] == pytest.approx(0.8)
