"""The spoken material of a training: synthetic clips, real speech, noise and room responses."""

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marvin.types import RATE_HZ, Samples
from marvin.wake.training import texts
from marvin.wake.training.voices import Voice, VoiceBox, speak

_FORMAT = 3
# The last syllable is longer at the end of an utterance than before more words.
_INNER_LENGTH = 0.92


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of speech."""

    samples: Samples
    """Shape (samples,), float32, at RATE_HZ."""
    start: int = -1
    """First sample of the phrase; -1: the phrase is not in it."""
    end: int = -1
    """Sample after the phrase."""
    word: int = -1
    """Index of the one word that is said, in a clip from `synthesize_words`."""

    @property
    def positive(self) -> bool:
        """Whether the phrase is in it."""
        return self.start >= 0


@dataclass(frozen=True, slots=True)
class Corpus:
    """Synthetic speech of one set of voices."""

    positives: list[Clip]
    near: list[Clip]
    """Words that resemble the phrase, alone and in sentences."""
    others: list[Clip]
    """Speech that does not."""


def synthesize(
    phrase: str, clips: int, seed: int, *, held_out: bool, cache: Path | None, jobs: int = 2
) -> Corpus:
    """About `clips` clips, a third of them with the phrase, the same for the same arguments."""
    key = f"{_FORMAT} {phrase} {clips} {seed} {held_out}"
    name = f"speech-{hashlib.sha256(key.encode()).hexdigest()[:12]}.npz"
    if cache is not None and (cache / name).exists():
        return _read(cache / name)
    rng = random.Random(f"{seed} {held_out}")
    box = VoiceBox()
    corpus = Corpus(
        _positives(box, phrase, clips // 3, rng, held_out, jobs),
        _near(box, phrase, clips // 3, rng, held_out, jobs),
        _others(box, clips // 3, rng, held_out, jobs),
    )
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        _write(cache / name, corpus)
    return corpus


def synthesize_words(
    words: Sequence[str], clips: int, seed: int, *, cache: Path | None, jobs: int = 2
) -> list[Clip]:
    """About `clips` clips of one word each, every word in many voices of the training."""
    key = f"{_FORMAT} {words} {clips} {seed}"
    name = f"words-{hashlib.sha256(key.encode()).hexdigest()[:12]}.npz"
    if cache is not None and (cache / name).exists():
        return _read(cache / name).others
    rng = random.Random(f"{seed} words")
    box = VoiceBox()
    chosen = [index % len(words) for index in range(clips)]
    requests = [(box.draw(rng, foreign=False, held_out=False), words[i]) for i in chosen]
    spoken = [
        Clip(samples, word=index)
        for samples, index in zip(speak(requests, jobs=jobs), chosen, strict=True)
        if len(samples) > RATE_HZ // 10
    ]
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        _write(cache / name, Corpus([], [], spoken))
    return spoken


def read_audio(
    folders: Iterable[Path], *, first_channel: bool = False
) -> list[tuple[Path, Samples]]:
    """Every audio file under the folders at RATE_HZ, sorted by path.

    Channels are averaged, or the first is taken: the mean of a room's responses is no response.
    """
    import soundfile
    import soxr

    found = []
    for folder in folders:
        paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in paths:
            if path.suffix.lower() not in (".wav", ".flac", ".ogg", ".mp3"):
                continue
            samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
            mono = samples[:, 0] if first_channel else samples.mean(axis=1)
            if rate_hz != RATE_HZ:
                mono = soxr.resample(mono, rate_hz, RATE_HZ)
            found.append((path, np.ascontiguousarray(mono, np.float32)))
    return found


def split_by_speaker(
    files: Sequence[tuple[Path, Samples]],
) -> tuple[list[Samples], list[Samples]]:
    """Train on even speakers, evaluate on odd ones.

    The speaker is the number that a LibriSpeech file's name begins with; files without one are
    split by a hash of their name.
    """
    halves: tuple[list[Samples], list[Samples]] = ([], [])
    for path, samples in files:
        halves[speaker_number(path) % 2].append(samples)
    return halves


def speaker_number(path: Path) -> int:
    """A number that all recordings of a speaker share."""
    head = path.stem.partition("-")[0]
    return int(head) if head.isdigit() else sum(path.stem.encode())


def _positives(
    box: VoiceBox, phrase: str, count: int, rng: random.Random, held_out: bool, jobs: int
) -> list[Clip]:
    """Each phrase is spoken three times in one voice, to find it inside the sentence."""
    requests: list[tuple[Voice, str]] = []
    shapes: list[tuple[bool, bool]] = []
    for _ in range(count):
        shape = rng.choices(("alone", "before", "after", "both"), (5, 3, 1.5, 0.7))[0]
        # Words around the phrase are English: a foreign voice says the phrase alone.
        foreign = shape == "alone" and rng.random() < 0.3
        voice = box.draw(rng, foreign=foreign, held_out=held_out)
        before = f"{rng.choice(texts.LEADS)} " if shape in ("after", "both") else ""
        comma = rng.choice((" ", ", "))
        after = comma + rng.choice(texts.COMMANDS) if shape in ("before", "both") else ""
        spelled = phrase if rng.random() < 0.7 else phrase.title()
        requests += [
            (voice, before + spelled + after),
            (voice, spelled),
            (voice, before + spelled),
        ]
        shapes.append((bool(before), bool(after)))
    spoken = speak(requests, jobs=jobs)
    clips = []
    for index, (before_it, after_it) in enumerate(shapes):
        whole, alone, head = spoken[3 * index : 3 * index + 3]
        if len(alone) < RATE_HZ // 6 or len(whole) < len(alone) // 2:
            continue
        end = round(len(head) * _INNER_LENGTH) if after_it else len(whole)
        end = min(end, len(whole))
        length = round(len(alone) * _INNER_LENGTH)
        clips.append(Clip(whole, max(0, end - length) if before_it else 0, end))
    return clips


def _near(
    box: VoiceBox, phrase: str, count: int, rng: random.Random, held_out: bool, jobs: int
) -> list[Clip]:
    words = texts.near_misses(phrase)
    curated, anything = words[:150], texts.any_words()
    requests = []
    for _ in range(count):
        pool = rng.choices((curated, words, texts.parts(phrase)), (6, 4, 0.5))[0] or anything
        text = texts.sentence(rng, rng.choice(pool), rng.choice(anything))
        foreign = " " not in text and rng.random() < 0.2
        requests.append((box.draw(rng, foreign=foreign, held_out=held_out), text))
    return _clips(speak(requests, jobs=jobs))


def _others(box: VoiceBox, count: int, rng: random.Random, held_out: bool, jobs: int) -> list[Clip]:
    anything = texts.any_words()
    requests = []
    for _ in range(count):
        if rng.random() < 0.35:
            text = f"{rng.choice((*texts.LEADS, ''))} {rng.choice(texts.COMMANDS)}"
        else:
            text = " ".join(rng.choices(anything, k=rng.choice((1, 1, 2, 4))))
            text = texts.sentence(rng, text, rng.choice(anything))
        requests.append((box.draw(rng, foreign=rng.random() < 0.1, held_out=held_out), text))
    return _clips(speak(requests, jobs=jobs))


def _clips(spoken: Iterable[Samples]) -> list[Clip]:
    return [Clip(samples) for samples in spoken if len(samples) > RATE_HZ // 10]


def _write(path: Path, corpus: Corpus) -> None:
    groups = (corpus.positives, corpus.near, corpus.others)
    clips = [clip for group in groups for clip in group]
    audio = np.concatenate([(clip.samples * 32767).astype(np.int16) for clip in clips])
    marks = np.array([(len(c.samples), c.start, c.end, c.word) for c in clips], np.int64)
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, audio=audio, marks=marks, counts=np.array([len(g) for g in groups]))
    partial.replace(path)


def _read(path: Path) -> Corpus:
    with np.load(path) as stored:
        audio, marks, counts = stored["audio"], stored["marks"], stored["counts"]
    pieces = np.split(audio, np.cumsum(marks[:, 0])[:-1])
    clips = [
        Clip((piece / 32767).astype(np.float32), *map(int, mark[1:]))
        for piece, mark in zip(pieces, marks, strict=True)
    ]
    first, second = int(counts[0]), int(counts[0] + counts[1])
    return Corpus(clips[:first], clips[first:second], clips[second:])
