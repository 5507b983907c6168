"""A voice for each language."""

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.config.tts import EspeakConfig, SpeechT5Config
from marvin.errors import ModelLoadError
from marvin.protocols import Synthesizer
from marvin.tts.espeak import EspeakSynthesizer
from marvin.tts.polyglot import PolyglotSynthesizer
from marvin.types import AudioChunk
from tests.fakes import FakeSynthesizer


class SeveralVoices(FakeSynthesizer):
    """Has a French voice, and has lost the Italian one."""

    def __init__(self) -> None:
        super().__init__()
        self.french = FakeSynthesizer()

    def in_language(self, language: str) -> Synthesizer | None:
        if language == "it":
            raise ModelLoadError("no such file")
        return self.french if language == "fr" else None


@pytest.fixture
def voices() -> Iterator[PolyglotSynthesizer]:
    with closing(PolyglotSynthesizer(FakeSynthesizer(), SpeechT5Config())) as voices:
        yield voices


def samples(chunks: Iterator[AudioChunk]) -> int:
    return sum(len(chunk.samples) for chunk in chunks if np.abs(chunk.samples).max() > 0.01)


def test_configured_voice_speaks_its_own_language(voices: PolyglotSynthesizer) -> None:
    assert isinstance(voices.voice("en"), FakeSynthesizer)
    assert samples(voices.synthesize("Hello.", CancelToken()))


def test_espeak_speaks_the_others(voices: PolyglotSynthesizer) -> None:
    german, dutch = voices.voice("de"), voices.voice("nl")
    assert (german.language, dutch.language) == ("de", "nl")
    assert voices.voice("de") is german
    assert samples(german.synthesize("Guten Tag.", CancelToken()))
    assert samples(dutch.synthesize("Goedendag.", CancelToken()))


def test_engine_with_several_voices_chooses_its_own() -> None:
    main = SeveralVoices()
    with closing(PolyglotSynthesizer(main, SpeechT5Config())) as voices:
        assert voices.voice("fr") is main.french
        assert isinstance(voices.voice("it"), EspeakSynthesizer)
        assert isinstance(voices.voice("de"), EspeakSynthesizer)


def test_espeak_keeps_its_rate_in_every_language() -> None:
    lengths = []
    for words_per_minute in (120, 300):
        config = EspeakConfig(words_per_minute=words_per_minute)
        with closing(PolyglotSynthesizer(EspeakSynthesizer.load(config), config)) as voices:
            lengths.append(samples(voices.voice("de").synthesize("Guten Tag.", CancelToken())))
    assert lengths[0] > 1.5 * lengths[1]
