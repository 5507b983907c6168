"""Training speech: synthetic clips and labelled real speech."""

import hashlib
import io
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from marvin.boundary.files import replace_file
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train import texts
from marvin.workshop.wake_train.phones import AlignedPhones, Labels, align_phones, unknown
from marvin.workshop.wake_train.voices import TrainingVoice, VoiceBox, speak

_FORMAT = 5
_SHORT_S = 10.0
"""The last fifth of a shorter recording is too short for evaluation."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of speech."""

    samples: Samples
    """Shape (samples,), float32, at RATE_HZ."""
    start: int = -1
    """First sample of the phrase; -1 without the phrase."""
    end: int = -1
    """Sample after the phrase."""
    word: int = -1
    """Index of the word in a clip from `synthesize_words`."""
    phones: Labels = field(default_factory=lambda: unknown(0))
    """Phones over time; shorter than the samples if unknown."""

    @property
    def positive(self) -> bool:
        """Whether it contains the phrase."""
        return self.start >= 0


@dataclass(frozen=True, slots=True)
class Corpus:
    """Synthetic speech by one set of voices."""

    positives: list[Clip]
    near: list[Clip]
    """Words similar to the phrase, alone and in sentences."""
    others: list[Clip]
    """Other speech."""


@dataclass(frozen=True, slots=True)
class Booth:
    """Settings for making and caching speech."""

    seed: int
    """Seeds all random choices."""
    jobs: int = 2
    """Number of processes."""
    cache: Path | None = None
    """Cache folder."""


def synthesize(phrase: str, clips: int, booth: Booth, *, held_out: bool) -> Corpus:
    """About `clips` clips, a third of them with the phrase; deterministic.

    `held_out` selects the evaluation voices.
    """
    third = clips // 3
    return Corpus(
        _kept(booth, f"said {phrase} {third} {held_out}", _positives, phrase, third, held_out),
        _kept(booth, f"near {phrase} {third} {held_out}", _near, phrase, third, held_out),
        _kept(booth, f"others {third} {held_out}", _others, phrase, third, held_out),
    )


def synthesize_words(words: Sequence[str], clips: int, booth: Booth) -> list[Clip]:
    """About `clips` clips of one word each, in many training voices."""

    def speak_words(making: _Making, phrase: str, count: int) -> list[Clip]:
        chosen = [index % len(words) for index in range(count)]
        requests = [(making.voice(), words[index]) for index in chosen]
        return _clips(requests, making, words=chosen)

    return _kept(booth, f"words {words} {clips}", speak_words, "", clips, False)


@dataclass(slots=True)
class _Making:
    """State while making one group of clips."""

    box: VoiceBox
    rng: random.Random
    held_out: bool
    jobs: int
    phrase: str

    def voice(self, *, foreign: bool = False) -> TrainingVoice:
        return self.box.draw(self.rng, foreign=foreign, held_out=self.held_out)


def _kept(
    booth: Booth,
    what: str,
    make: Callable[[_Making, str, int], list[Clip]],
    phrase: str,
    count: int,
    held_out: bool,
) -> list[Clip]:
    """The clips from the cache, or newly made."""
    key = f"{_FORMAT} {what} {booth.seed}"
    path = None
    if booth.cache is not None:
        path = booth.cache / f"speech-{hashlib.sha256(key.encode()).hexdigest()[:12]}.npz"
        if path.exists():
            return _read(path)
    making = _Making(VoiceBox(), random.Random(key), held_out, booth.jobs, phrase)
    clips = make(making, phrase, count)
    return clips if path is None else _write(path, clips)


def transcribed(recordings: Iterable[Samples], booth: Booth) -> list[Clip]:
    """Real speech labelled with phones by pocketsphinx."""
    recordings = list(recordings)
    digest = hashlib.sha256(str(_FORMAT).encode())
    for samples in recordings:
        digest.update(samples.tobytes())
    path = booth.cache / f"real-{digest.hexdigest()[:12]}.npz" if booth.cache else None
    if path is not None and path.exists():
        return _read(path)
    heard = align_phones([(samples, None) for samples in recordings], jobs=booth.jobs)
    clips = [Clip(s, phones=h.phones) for s, h in zip(recordings, heard, strict=True)]
    return clips if path is None else _write(path, clips)


def split_by_speaker(
    files: Sequence[tuple[Path, Samples]],
) -> tuple[list[Samples], list[Samples]]:
    """Split into training and evaluation (every fifth speaker).

    The speaker is the leading number of a LibriSpeech file name, otherwise a hash of the name. If
    one part would be empty, or with fewer than five speakers, the last fifth of each recording is
    held out; of five or more short recordings, every fifth.
    """
    parts: tuple[list[Samples], list[Samples]] = ([], [])
    for path, samples in files:
        parts[speaker_number(path) % 5 == 0].append(samples)
    if len({speaker_number(path) for path, _ in files}) >= 5 and all(parts):
        return parts
    parts = ([], [])
    for at, (_, samples) in enumerate(files):
        if len(files) >= 5 and len(samples) < _SHORT_S * RATE_HZ:
            parts[at % 5 == 4].append(samples)
            continue
        end = len(samples) - len(samples) // 5
        parts[0].append(samples[:end])
        parts[1].append(samples[end:])
    return parts


def speaker_number(path: Path) -> int:
    """The same for all recordings of a speaker."""
    head = path.stem.partition("-")[0]
    return int(head) if head.isdigit() else sum(path.stem.encode())


def _positives(making: _Making, phrase: str, count: int) -> list[Clip]:
    """The phrase alone, and within other words if it can be located there."""
    rng = making.rng
    requests: list[tuple[TrainingVoice, str]] = []
    before_it: list[int] = []
    for _ in range(count):
        shape = rng.choices(("alone", "before", "after", "both"), (5, 3, 1.5, 0.7))[0]
        # The surrounding words are English, so foreign voices say only the phrase.
        voice = making.voice(foreign=shape == "alone" and rng.random() < 0.3)
        before = f"{rng.choice(texts.LEADS)} " if shape in ("after", "both") else ""
        comma = rng.choice((" ", ", "))
        after = comma + rng.choice(texts.COMMANDS) if shape in ("before", "both") else ""
        spelled = phrase if rng.random() < 0.7 else phrase.title()
        requests.append((voice, before + spelled + after))
        before_it.append(-1 if shape == "alone" else len(before.split()))
    spoken = speak(requests, jobs=making.jobs)
    clips = []
    for samples, heard, first in zip(
        spoken, _heard(requests, spoken, making), before_it, strict=True
    ):
        last = first + len(phrase.split()) - 1
        if len(samples) < RATE_HZ // 6 or (first >= 0 and last >= len(heard.words)):
            continue
        alone = first < 0
        start = 0 if alone else heard.words[first][0]
        end = len(samples) if alone else min(heard.words[last][1], len(samples))
        clips.append(Clip(samples, start, end, phones=heard.phones))
    return clips


def _near(making: _Making, phrase: str, count: int) -> list[Clip]:
    rng, words = making.rng, texts.near_misses(phrase)
    nearest, anything = words[:150], texts.any_words()
    requests = []
    for _ in range(count):
        pool = rng.choices((nearest, words, texts.parts(phrase)), (6, 4, 0.5))[0] or anything
        text = texts.sentence(rng, rng.choice(pool), rng.choice(anything))
        requests.append((making.voice(foreign=" " not in text and rng.random() < 0.2), text))
    return _clips(requests, making)


def _others(making: _Making, phrase: str, count: int) -> list[Clip]:
    rng, anything = making.rng, texts.any_words()
    requests = []
    for _ in range(count):
        if rng.random() < 0.35:
            text = f"{rng.choice((*texts.LEADS, ''))} {rng.choice(texts.COMMANDS)}"
        else:
            text = " ".join(rng.choices(anything, k=rng.choice((1, 1, 2, 4))))
            text = texts.sentence(rng, text, rng.choice(anything))
        requests.append((making.voice(foreign=rng.random() < 0.1), text))
    return _clips(requests, making)


def _clips(
    requests: Sequence[tuple[TrainingVoice, str]], making: _Making, *, words: Sequence[int] = ()
) -> list[Clip]:
    spoken = speak(requests, jobs=making.jobs)
    return [
        Clip(samples, word=words[index] if words else -1, phones=heard.phones)
        for index, (samples, heard) in enumerate(
            zip(spoken, _heard(requests, spoken, making), strict=True)
        )
        if len(samples) > RATE_HZ // 10
    ]


def _heard(
    requests: Sequence[tuple[TrainingVoice, str]], spoken: Sequence[Samples], making: _Making
) -> list[AlignedPhones]:
    # Foreign voices do not follow the dictionary's pronunciations.
    said = [
        (samples, "" if voice.foreign else text)
        for samples, (voice, text) in zip(spoken, requests, strict=True)
    ]
    new_words = {word: texts.pronunciation(word) for word in making.phrase.lower().split()}
    return align_phones(said, jobs=making.jobs, new_words=new_words)


def _write(path: Path, clips: Sequence[Clip]) -> list[Clip]:
    """Returns the clips as read back, so that this run trains on the same data as later ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    empty = [np.zeros(0, np.int16)]
    audio = np.concatenate(empty + [(c.samples * 32767).astype(np.int16) for c in clips])
    phones = np.concatenate([np.zeros(0, np.int8), *(clip.phones for clip in clips)])
    marks = np.array([(len(c.samples), len(c.phones), c.start, c.end, c.word) for c in clips])
    stored = io.BytesIO()
    np.savez(stored, audio=audio, phones=phones, marks=marks.reshape(-1, 5).astype(np.int64))
    replace_file(path, stored.getbuffer())
    return _read(path)


def _read(path: Path) -> list[Clip]:
    with np.load(path) as stored:
        audio, phones, marks = stored["audio"], stored["phones"], stored["marks"]
    pieces = np.split(audio, np.cumsum(marks[:, 0])[:-1])
    labels = np.split(phones, np.cumsum(marks[:, 1])[:-1])
    return [
        Clip((piece / 32767).astype(np.float32), start, end, word, heard)
        for piece, heard, (_, _, start, end, word) in zip(
            pieces, labels, marks.tolist(), strict=True
        )
    ]
