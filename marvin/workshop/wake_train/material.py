"""Makes and labels all training data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from marvin.types import Samples
from marvin.workshop.wake_train.augment import Sounds
from marvin.workshop.wake_train.corpus import (
    Booth,
    Clip,
    Corpus,
    split_by_speaker,
    synthesize,
    synthesize_words,
    transcribed,
)
from marvin.workshop.wake_train.phones import align_phones
from marvin.workshop.wake_train.preparing import Preparation
from marvin.workshop.wake_train.progress import Report, Stage, TrainingPace
from marvin.workshop.wake_train.texts import vocabulary

_PART = 1_500
"""Clips made and cached at a time, the most that an interrupted training loses."""
_FILES = 20
"""Recordings transcribed and cached at a time."""
_FEWEST_KEPT = 30
"""Clips for evaluation."""


@dataclass(frozen=True, slots=True)
class Material:
    """Training and evaluation data."""

    corpus: Corpus
    words: list[Clip]
    """Single words for the auxiliary classifier."""
    sounds: Sounds
    held_out: Corpus
    """Spoken by held-out voices."""
    held_out_speech: list[Clip]
    """Held-out speakers or parts of recordings."""


def make_material(ready: Preparation, report: Report) -> Material:
    """Synthesise speech or read it from the cache, and label real speech."""
    corpus, held_out, words = _speak(ready, report)
    speech, held_out_speech = split_by_speaker(ready.negatives)
    sounds = Sounds(
        speech=_transcribe(ready, speech, report),
        noise=[samples for _, samples in ready.noise],
        rooms=[samples for _, samples in ready.rooms],
        personal=_personal(ready),
    )
    return Material(corpus, words, sounds, held_out, [Clip(samples) for samples in held_out_speech])


def _speak(ready: Preparation, report: Report) -> tuple[Corpus, Corpus, list[Clip]]:
    phrase, clips = ready.phrase.text, ready.clips
    sizes = [_PART] * (clips // _PART) + [clips % _PART] * (clips % _PART > 0)
    words = vocabulary(ready.recipe.vocabulary)
    kept_size = max(_FEWEST_KEPT, clips // 10)
    pace = TrainingPace(report, Stage.SPEAK, kept_size + clips + clips // 2)
    held_out = synthesize(phrase, kept_size, _booth(ready, 0), held_out=True)
    pace.step(kept_size)
    corpus = Corpus([], [], [])
    for part, size in enumerate(sizes):
        made = synthesize(phrase, size, _booth(ready, part), held_out=False)
        corpus.positives.extend(made.positives)
        corpus.near.extend(made.near)
        corpus.others.extend(made.others)
        pace.step(size)
    said: list[Clip] = []
    for part, size in enumerate(sizes):
        # Each part starts at a different word.
        at = part * (_PART // 2) % len(words)
        turned = words[at:] + words[:at]
        made_words = synthesize_words(turned, size // 2, _booth(ready, part))
        said += [replace(clip, word=(clip.word + at) % len(words)) for clip in made_words]
        pace.step(size // 2)
    return corpus, held_out, said


def _booth(ready: Preparation, part: int) -> Booth:
    """A different seed, so different voices, for each part."""
    return Booth(ready.request.seed * 1_000 + part, ready.request.threads, ready.places.cache)


def _transcribe(ready: Preparation, speech: list[Samples], report: Report) -> list[Clip]:
    if not speech:
        return []
    pace = TrainingPace(report, Stage.TRANSCRIBE, len(speech))
    clips: list[Clip] = []
    for first in range(0, len(speech), _FILES):
        files = speech[first : first + _FILES]
        clips += transcribed(files, _booth(ready, 0))
        pace.step(len(files))
    return clips


def _personal(ready: Preparation) -> list[Clip]:
    own = ready.recordings.clips
    if not own:
        return []
    said = [(clip.samples, ready.phrase.text) for clip in own]
    found = align_phones(said, jobs=ready.request.threads)
    return [replace(clip, phones=heard.phones) for clip, heard in zip(own, found, strict=True)]
