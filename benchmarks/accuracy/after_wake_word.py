"""Commands after the wake word, against the same commands alone.

    python -m benchmarks.accuracy.after_wake_word --model FOLDER --data DIR
        [--dtypes float32 bfloat16 int8] [--voices en-us en-gb] [-v]

Recorded home commands are joined to recorded wake words, another voice at another distance;
espeak-ng speaks both in one breath. Each goes through Marvin's ear, which finds the wake word;
"whole" is the same without the knowledge of where the word ends. Last, the wake words alone.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from benchmarks.accuracy.command_recordings import read
from benchmarks.accuracy.word_errors import words
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.config.tts import EspeakConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.conversation.utterance import PreRoll, UtteranceInProgress
from marvin.engines.registry import load_engine
from marvin.stt.sounds import distance
from marvin.types import (
    CHUNK_SAMPLES,
    RATE_HZ,
    AudioChunk,
    Endpoint,
    Samples,
    Transcript,
    Utterance,
)

GAPS_S = (0.05, 0.6)
ROOM = 3e-4
"""Noise of a quiet room, RMS."""


@dataclass(frozen=True, slots=True)
class Command:
    group: str
    text: str
    alone: Utterance
    called: Utterance


def room(*parts: Samples, seed: int = 1) -> Samples:
    """The parts with quiet around them."""
    quiet = np.zeros(3 * RATE_HZ // 2, np.float32)
    samples = np.concatenate([quiet, *parts, quiet])
    noise = np.random.default_rng(seed).normal(0.0, ROOM, len(samples))
    return (samples + noise).astype(np.float32)


def listen(ear: Ear, samples: Samples) -> Utterance | None:
    """The utterance after the wake word, to the end of the audio and with all that was in it; None
    if the word is not heard."""
    config = Config().turn
    ear.reset()
    pre_roll, utterance = PreRoll(config.pre_roll_s), None
    for start in range(0, len(samples) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
        chunk = AudioChunk(samples[start : start + CHUNK_SAMPLES], start=start)
        heard = ear.hear(chunk, armed=utterance is None, speaking=False)
        pre_roll.append(heard)
        if utterance is not None:
            utterance.hear(heard)
        elif heard.detection is not None:
            score = heard.detection.score
            utterance = UtteranceInProgress(config, pre_roll.since_onset(), wake_score=score)
    if utterance is None:
        return None
    found = utterance.utterance(Endpoint.SILENCE)
    # Without what the endpointer takes for background speech: only the recogniser is compared.
    return replace(found, samples=samples[found.start :])


def alone(samples: Samples) -> Utterance:
    return Utterance(room(samples), 0, len(samples) / RATE_HZ, Endpoint.SILENCE)


def recorded(data: Path, ear: Ear) -> Iterator[Command]:
    """Each command after each wake word."""
    pick = random.Random(1)
    paths = sorted((data / "speech-en" / "ha_commands").glob("*.wav"))
    texts = {path: path.stem for path in paths if not path.stem.startswith("oov")}
    for name in ("turn on the living room lamp", "living room light en"):
        path = data / "speech-en" / "wyoming" / f"{name.replace(' ', '_')}.wav"
        texts[path] = name.replace("living room light en", "turn on the living room light")
    for path, text in texts.items():
        command = read(path)
        by_itself = alone(command)
        for wake in wake_words(data):
            level = np.float32(speech_level(command) / speech_level(wake))
            gap = np.zeros(round(pick.uniform(*GAPS_S) * RATE_HZ), np.float32)
            if (called := listen(ear, room(wake * level, gap, command))) is not None:
                yield Command("another voice", text, by_itself, called)


def speech_level(samples: Samples) -> float:
    """RMS without pauses."""
    frames = np.square(samples[: len(samples) // 320 * 320]).reshape(-1, 320).mean(axis=1)
    return float(np.sqrt(frames[frames > 0.01 * frames.max()].mean()))


def wake_words(data: Path) -> list[Samples]:
    return [read(path) for path in sorted((data / "wake").glob("marvin*/*.wav"))]


def spoken(texts: Sequence[str], voice: str, ear: Ear) -> Iterator[Command]:
    """espeak-ng says the wake word and the command in one breath."""
    engine = load_engine(EspeakConfig(voice=voice))

    def say(text: str) -> Samples:
        chunks = list(engine.synthesize(text, CancelToken()))
        samples = np.concatenate([chunk.samples for chunk in chunks])
        resampled: Samples = soxr.resample(samples, chunks[0].rate_hz, RATE_HZ)
        return resampled.astype(np.float32)

    for text in texts:
        if (called := listen(ear, room(say(f"Marvin, {text}.")))) is not None:
            yield Command("one voice", text, alone(say(f"{text}.")), called)
    engine.close()


def measure(model: str, dtype: str, commands: Sequence[Command], verbose: bool) -> None:
    config = WhisperConfig(model=model, drafts=False)
    engine = load_engine(config, Place("cpu", dtype, 1))
    known: dict[int, Transcript] = {}

    def hear(utterance: Utterance) -> Transcript:
        found: Transcript = engine.transcribe(utterance, CancelToken())
        return found

    for group in dict.fromkeys(command.group for command in commands):
        exact, wrong, lost, total = [0] * 3, [0] * 3, 0, 0
        for command in (one for one in commands if one.group == group):
            wanted = words(command.text)
            if id(command.alone) not in known:
                known[id(command.alone)] = hear(command.alone)
            ways = (
                known[id(command.alone)],
                hear(replace(command.called, wake_end=None)),
                hear(command.called),
            )
            total += len(wanted)
            lost += not ways[-1].text and ways[-1].confidence >= 0.5
            for at, found in enumerate(ways):
                errors = distance(wanted, words(found.text))
                exact[at] += errors == 0
                wrong[at] += errors
            if verbose:
                print(" ", " | ".join((command.text, *(found.text for found in ways))))
        print(
            f"{dtype:9} {group:14} {len([c for c in commands if c.group == group])} commands, exact"
            f" and WER: alone {exact[0]}, {wrong[0] / total:.1%}; whole {exact[1]}, "
            f"{wrong[1] / total:.1%}; after the wake word {exact[2]}, {wrong[2] / total:.1%}; "
            f"taken for the wake word alone: {lost}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint of a published Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16", "int8"])
    parser.add_argument("--voices", nargs="*", default=["en-us", "en-gb"], help="of espeak-ng")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print every text")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    ear = load_ear(Config())
    commands = list(recorded(options.data, ear))
    texts = list(dict.fromkeys(command.text for command in commands))
    for voice in options.voices:
        commands += spoken(texts, voice, ear)
    for dtype in options.dtypes:
        measure(options.model, dtype, commands, options.verbose)
    calls = [listen(ear, room(wake)) for wake in wake_words(options.data)]
    engine = load_engine(WhisperConfig(model=options.model), Place("cpu", "int8", 1))
    found = [engine.transcribe(call, CancelToken()) for call in calls if call is not None]
    silent = sum(not one.text and one.confidence >= 0.5 for one in found)
    print(f"wake word alone: {silent} of {len(found)} taken for that")


if __name__ == "__main__":
    main()
