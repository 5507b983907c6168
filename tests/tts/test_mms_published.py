"""The engine `mms` on a published VITS: Piper's, as no package carries one of MMS."""

import zipfile
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from benchmarks.accuracy.voice_intelligibility import Listener, for_whisper
from marvin.tts.normalization import normalize
from marvin.types import AudioChunk
from tests.checkpoints.piper import PiperVoice
from tests.published import MODELS, archives_of, published
from tests.tts.speaking import SENTENCES, check_sound, joined, say

FAST, SLOW = 0.1, 2.0
"""Seconds of work per second of speech: in windows, and whole."""


@pytest.fixture(scope="module")
def voice() -> Iterator[PiperVoice]:
    with closing(PiperVoice(published("piper-joe"))) as voice:
        yield voice


def at_pace(voice: PiperVoice, work: float, text: str) -> list[AudioChunk]:
    voice.engine._pace.work = work
    return say(voice, normalize(text, voice.language))


def test_windows_sound_like_the_whole(voice: PiperVoice) -> None:
    for text in SENTENCES:
        whole, parts = at_pace(voice, SLOW, text), at_pace(voice, FAST, text)
        assert len(whole) < len(parts)
        check_sound(parts, 22_050)
        assert 0.1 < parts[0].duration_s < 0.2
        assert joined(parts) == pytest.approx(joined(whole), abs=1e-5)
        assert np.abs(joined(whole)).max() > 0.3


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("work", [FAST, SLOW])
def test_it_is_understood(voice: PiperVoice, whisper: Listener, work: float) -> None:
    heard = [whisper.hear(text, for_whisper(at_pace(voice, work, text))) for text in SENTENCES]
    assert sum(one.errors for one in heard) <= 1, heard


def test_it_is_the_voice_that_was_published() -> None:
    """Without noise, as onnxruntime runs the same weights."""
    onnxruntime = pytest.importorskip("onnxruntime")
    (package,) = MODELS["piper-joe"].packages
    with zipfile.ZipFile(archives_of("piper-joe") / package.archive) as archive:
        original = onnxruntime.InferenceSession(archive.read(package.members[0].pattern))
    folder = published("piper-joe")
    with closing(PiperVoice(folder, noise_scale=0.0, noise_scale_duration=0.0)) as voice:
        phonemes = voice.engine._tokenizer(voice.letters(SENTENCES[0])).input_ids
        said = joined(say(voice, SENTENCES[0]))
    inputs = {
        "input": np.array([phonemes]),
        "input_lengths": np.array([len(phonemes)]),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),
    }
    (expected,) = original.run(None, inputs)
    assert said == pytest.approx(expected.reshape(-1), abs=1e-4)
