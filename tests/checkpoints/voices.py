"""A table [tts] for each engine with weights, with the checkpoint that it names."""

from pathlib import Path

import numpy as np

from marvin.config.tts import BarkConfig, KokoroConfig, MmsConfig, SpeechT5Config
from tests.checkpoints.bark import make_bark
from tests.checkpoints.kokoro import make_kokoro
from tests.checkpoints.mms import make_mms
from tests.checkpoints.speecht5 import make_hifigan, make_speecht5


def speecht5(folder: Path, *, full_size: bool = False) -> SpeechT5Config:
    """SpeechT5, its vocoder and a speaker, under `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    voice = np.random.default_rng(6).standard_normal(512).astype(np.float32)
    np.save(folder / "speaker.npy", voice / np.linalg.norm(voice))
    return SpeechT5Config(
        model=str(make_speecht5(folder / "model", full_size=full_size)),
        vocoder=str(make_hifigan(folder / "vocoder", full_size=full_size)),
        speaker=str(folder / "speaker.npy"),
    )


def mms(folder: Path, *, full_size: bool = False) -> MmsConfig:
    """An MMS voice in `folder`."""
    return MmsConfig(model=str(make_mms(folder, full_size=full_size)))


def bark(folder: Path, *, full_size: bool = False) -> BarkConfig:
    """Bark in `folder`: at most a quarter of a second, or one second in full size."""
    longest = 50 if full_size else 12
    return BarkConfig(model=str(make_bark(folder, full_size=full_size, longest=longest)), seed=0)


def kokoro(folder: Path) -> KokoroConfig:
    """Kokoro in `folder`, with its first voice."""
    return KokoroConfig(model=str(make_kokoro(folder)), voice="af_one")
