"""The published Kokoro: what Whisper base hears of it, joins, levels, mixes, cancelling."""

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.accuracy.voice_intelligibility import Listener, for_whisper
from marvin.backends.pretrained.place import Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tables import Config
from marvin.config.tts import KokoroConfig
from marvin.engines.placement.model_needs import needs
from marvin.tts.kokoro.kokoro import KokoroSynthesizer
from marvin.tts.normalization import normalize
from marvin.types import AudioChunk, Samples
from tests.published import published
from tests.tts.speaking import SENTENCES, check_sound, joined, say

pytest.importorskip("onnxruntime")

VOICES = ("af_heart", "bf_emma", "af_heart:0.5, bf_emma:0.5")
FAST, SLOW = 0.25, 2.0
"""Seconds of work per second of speech: with cuts within clauses, and without."""


@pytest.fixture(scope="module", params=VOICES)
def voice(request: pytest.FixtureRequest) -> Iterator[KokoroSynthesizer]:
    config = KokoroConfig(model=str(published("kokoro")), voice=request.param)
    with closing(KokoroSynthesizer.load(config, Place(threads=1))) as voice:
        voice.warm()
        yield voice


def at_pace(voice: KokoroSynthesizer, work: float, text: str) -> list[AudioChunk]:
    voice._pace.work, voice._heard_until = work, 0.0
    return say(voice, normalize(text, voice.language))


def level_db(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples[np.abs(samples) > 0.01])))))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("work", [FAST, SLOW])
def test_it_is_understood(voice: KokoroSynthesizer, whisper: Listener, work: float) -> None:
    """Whisper may mishear one word of 29, as it does in the loop of 100 sentences."""
    heard = [whisper.hear(text, for_whisper(at_pace(voice, work, text))) for text in SENTENCES]
    assert sum(one.errors for one in heard) <= 1, heard


def test_the_level_is_that_of_the_other_voices(voice: KokoroSynthesizer) -> None:
    for text in SENTENCES:
        chunks = at_pace(voice, FAST, text)
        check_sound(chunks, 24_000)
        assert level_db(joined(chunks)) == pytest.approx(-19.5, abs=2.0)


def test_speech_begins_at_once_and_ends_with_a_pause(voice: KokoroSynthesizer) -> None:
    samples = joined(at_pace(voice, FAST, "It is ten past nine."))
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    assert loud[0] / 24_000 < 0.1
    assert 0.2 < (len(samples) - loud[-1]) / 24_000 < 0.45


def test_joins_are_silent_and_short(voice: KokoroSynthesizer) -> None:
    chunks = at_pace(voice, FAST, SENTENCES[0])
    assert len(chunks) > 1
    for before, after in pairwise(chunks):
        join = np.concatenate([before.samples, after.samples])
        at = len(before.samples)
        assert np.abs(join[at - 240 : at + 120]).max() < 0.03
        gap = np.abs(join) < 0.02
        begin = at - int(np.argmin(gap[:at][::-1]))
        end = at + int(np.argmin(gap[at:]))
        assert 0.02 < (end - begin) / 24_000 < 0.35


def test_a_mix_is_neither_of_its_voices() -> None:
    folder = str(published("kokoro"))
    sounds = []
    for name in VOICES:
        config = KokoroConfig(model=folder, voice=name)
        with closing(KokoroSynthesizer.load(config, Place(threads=1))) as voice:
            sounds.append(joined(say(voice, "Yes.")))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        same = min(len(sounds[one]), len(sounds[other]))
        assert not np.allclose(sounds[one][:same], sounds[other][:same], atol=0.02)


class CancelledInTheRun(CancelToken):
    """Cancelled by the time the network runs."""

    def check(self) -> None:
        super().check()
        self.cancel()


def test_cancelling_stops_a_run_at_once(voice: KokoroSynthesizer) -> None:
    tokens = voice._network.tokens(voice._phonemes("The kettle has boiled, and it is nine."))
    style = voice._styles[len(tokens) - 1]
    began = time.process_time()
    voice._network.run(tokens, style, 1.0, CancelToken())
    whole_s = time.process_time() - began
    began = time.process_time()
    with pytest.raises(Cancelled):
        voice._network.run(tokens, style, 1.0, CancelledInTheRun())
    assert time.process_time() - began < whole_s / 4


def test_its_memory_is_planned_from_its_file() -> None:
    config = Config(tts=KokoroConfig(model=str(published("kokoro"))))
    need = next(need for need in needs(config) if need.key == "tts")
    assert need.memory_gb("float32") == pytest.approx(0.35, abs=0.01)
