"""Open questions behind the wake word, spoken in one breath by Kokoro's voices."""

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tables import Config, SkillsConfig
from marvin.config.tts import KokoroConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.dialogue import Dialogue
from marvin.engines.registry import load_synthesizer
from marvin.skills.skillset import Skillset
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.workshop.wake_eval.stream import faint_noise

QUESTIONS = Path(__file__).parents[1] / "accuracy" / "open_questions.toml"
VOICES = ("af_heart", "bf_emma")
_FRAME = RATE_HZ // 100
_QUIET = 0.02
"""A frame below this share of the loudest one is not speech."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    samples: Samples
    """From the wake word to the end of speech."""
    wake_end: int
    """Where the wake word ends in the samples; 0 if Marvin does not hear it."""


def spoken_questions(kokoro: str, texts: Iterable[str], threads: int) -> Iterator[Question]:
    """Each text by one of the voices in turn."""
    ear = load_ear(Config())
    with ExitStack() as stack:
        engines = [stack.enter_context(closing(_voice(kokoro, one, threads))) for one in VOICES]
        for text, engine in zip(texts, cycle(engines), strict=False):
            chunks = list(engine.synthesize(f"Marvin, {text}?", CancelToken()))
            whole = np.concatenate([chunk.samples for chunk in chunks])
            samples = _speech(soxr.resample(whole, chunks[0].rate_hz, RATE_HZ))
            yield Question(text, samples, _wake_end(ear, samples))


def _voice(kokoro: str, name: str, threads: int) -> Any:
    table = KokoroConfig(model=kokoro, voice=name, early_audio=False)
    return load_synthesizer(Config(tts=table), Place("cpu", "float32", threads))


def open_questions() -> Iterator[str]:
    """Those that no skill answers."""
    skillset = Skillset.load(SkillsConfig())
    for text in tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["questions"]:
        if skillset.match(text, (), Dialogue(), CancelToken()) is None:
            yield text


def _speech(samples: Samples) -> Samples:
    """Without the silence around it."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    levels = np.sqrt(np.square(frames).mean(axis=1))
    loud = np.flatnonzero(levels > _QUIET * levels.max())
    speech: Samples = samples[loud[0] * _FRAME : (loud[-1] + 1) * _FRAME].astype(np.float32)
    return speech


def _wake_end(ear: Ear, samples: Samples) -> int:
    ear.reset()
    before = faint_noise(1.0, np.random.default_rng(1))
    audio = np.concatenate([before, samples, np.zeros(RATE_HZ, np.float32)])
    for start in range(0, len(audio) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
        chunk = AudioChunk(audio[start : start + CHUNK_SAMPLES], start=start)
        heard = ear.hear(chunk, armed=True, speaking=False)
        if (found := heard.detection) is not None:
            return max(1, (found.word_end or found.at) - len(before))
    return 0
