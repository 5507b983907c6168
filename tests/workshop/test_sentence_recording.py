"""A sentence is recorded from its first word to the silence after its last."""

import numpy as np
import pytest

from marvin.audio.wavfile import WavSource
from marvin.config.tables import Config
from marvin.errors import EnrolmentError
from marvin.types import RATE_HZ
from marvin.workshop.sentence_recording import record_sentence
from tests.fakes import FakeSource
from tests.paths import SAMPLES


async def test_sentence() -> None:
    told: list[str] = []
    source = WavSource(SAMPLES / "set_a_timer.wav")
    samples = await record_sentence(Config(), source, lambda: told.append("speak"))
    assert told == ["speak"]
    assert 2.0 < len(samples) / RATE_HZ < 6.0
    whole = np.concatenate([chunk.samples async for chunk in source.chunks()])
    loud = np.abs(whole) > 0.1
    assert np.count_nonzero(np.abs(samples) > 0.1) > 0.95 * np.count_nonzero(loud)


async def test_nobody_speaks() -> None:
    with pytest.raises(EnrolmentError, match="nobody spoke: `marvin test-mic`"):
        await record_sentence(Config(), FakeSource("." * 200), lambda: None)
