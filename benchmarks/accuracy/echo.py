"""What the user says while Marvin speaks: word errors and wake words, by echo canceller.

    python -m benchmarks.accuracy.echo --model FOLDER --data DATA [--kokoro FOLDER]
        [--cancellers none speexdsp ...] [--below-db 0 6 12 18] [--rooms mixed headset ...]
        [--by-room] [--clips 18] [--lead 2] [-v]

Recorded home commands and recorded "marvin" are mixed with sentences that Marvin speaks (espeak-ng,
or Kokoro), through measured room responses, a loudspeaker that distorts, a delay that the devices
do not report, and two clocks that differ. The user begins `--lead` seconds after Marvin, whose echo
is the given number of dB louder. Every canceller gets its reference aligned by Marvin. `aec3` needs
the package `livekit`, `pyaec` that of its name.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soxr

from benchmarks.accuracy.after_wake_word import ROOM, speech_level, wake_words
from benchmarks.accuracy.background_speech import trimmed
from benchmarks.accuracy.command_recordings import read
from benchmarks.accuracy.echo_filters import FILTERS
from benchmarks.accuracy.whisper_words import hear
from benchmarks.accuracy.word_errors import words
from marvin.audio.echo.canceller import EchoCanceller
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.config.tts import EspeakConfig, KokoroConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.engines.registry import load_engine
from marvin.stt.sounds import distance
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

LEVEL = 0.02
"""RMS of the user's speech; of the echo, more by the decibels."""
QUIET_S = 0.6
DEVICE_HZ = 48_000
BLOCK = DEVICE_HZ // 50
LATENCY_S = 0.1
"""How far ahead of being heard a loudspeaker takes its audio."""
SENTENCES = Path(__file__).with_name("voice_sentences.txt")


@dataclass(frozen=True, slots=True)
class Way:
    """From Marvin's mouth to its ear."""

    delay_ms: float = 0.0
    """What the devices do not report."""
    drift_ppm: float = 0.0
    limit: float = 0.8
    """Where the loudspeaker clips, in peaks."""
    loud: bool = True
    """False: a headset, which has no echo."""


ROOMS = {
    "0 ms": Way(),
    "100 ms": Way(100),
    "200 ms": Way(200),
    "300 ms": Way(300),
    "drift": Way(60, 100),
    "clipped": Way(60, limit=0.25),
    "headset": Way(60, loud=False),
}
MIXED = ("0 ms", "100 ms", "200 ms", "300 ms", "drift", "clipped")


@dataclass
class Tally:
    words: int = 0
    wrong: int = 0
    called: int = 0
    woken: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    """By whether the threshold was the one while Marvin speaks."""
    false: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    cpu_s: float = 0.0
    audio_s: float = 0.0
    texts: list[str] = field(default_factory=list)


def responses(data: Path) -> dict[str, Samples]:
    """Room responses by name, from their direct sound on, with unit energy."""
    found = {}
    for path in sorted((data / "rir").rglob("*.wav")):
        if "8ch" in path.name:
            continue  # not a room: a tenth of a second of noise
        response = read(path)
        onset = int(np.argmax(np.abs(response) > 0.3 * np.abs(response).max()))
        response = response[max(0, onset - 8) : onset + RATE_HZ // 2]
        found[path.stem] = (response / np.sqrt(np.vdot(response, response))).astype(np.float32)
    return found


def replies(kokoro: str, length_s: float, count: int) -> list[Samples]:
    """Marvin speaking, at DEVICE_HZ."""
    table = KokoroConfig(model=kokoro) if kokoro else EspeakConfig()
    engine = load_engine(table, Place("cpu", "float32", 1))
    texts = [line for line in SENTENCES.read_text().splitlines() if "Marvin" not in line]
    found, at = [], 0
    for _ in range(count):
        reply = np.zeros(0, np.float32)
        while len(reply) < length_s * DEVICE_HZ:
            chunks = list(engine.synthesize(texts[at % len(texts)], CancelToken()))
            spoken = np.concatenate([chunk.samples for chunk in chunks])
            spoken = soxr.resample(spoken, chunks[0].rate_hz, DEVICE_HZ).astype(np.float32)
            reply, at = np.concatenate((reply, spoken)), at + 1
        found.append(reply)
    return found


def echo(reply: Samples, response: Samples, way: Way) -> Samples:
    peak = way.limit * np.abs(reply).max()
    played = np.tanh(reply / peak) * peak
    heard = soxr.resample(played, DEVICE_HZ, RATE_HZ * (1 + way.drift_ppm * 1e-6))
    size = len(heard) + len(response)
    heard = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(response, size), size)
    delay = np.zeros(round(way.delay_ms * RATE_HZ / 1000))
    return np.concatenate((delay, heard)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Trial:
    near: Samples
    text: str
    """Empty for the wake word."""
    reply: Samples
    response: Samples
    way: Way
    lead_s: float
    """Marvin speaks for this long before the user does."""
    room: str = ""
    """Name of the response."""


def mixture(trial: Trial, below_db: float, seed: int) -> tuple[Samples, int]:
    """The microphone, and where the user begins. Marvin begins after QUIET_S."""
    near, way = trial.near, trial.way
    quiet = np.zeros(round(QUIET_S * RATE_HZ), np.float32)
    start = len(quiet) + round(trial.lead_s * RATE_HZ)
    size = start + len(near) + len(quiet)
    size -= size % CHUNK_SAMPLES
    mixed = np.random.default_rng(seed).normal(0.0, ROOM, size)
    mixed[start : start + len(near)] += (near * (LEVEL / speech_level(near)))[: size - start]
    if way.loud:
        voice = np.concatenate((quiet, echo(trial.reply, trial.response, way)))[:size]
        mixed[: len(voice)] += voice * (LEVEL * 10 ** (below_db / 20) / speech_level(voice))
    return np.clip(mixed, -1, 1).astype(np.float32), start


def cancelled(name: str, microphone: Samples, reply: Samples, tally: Tally) -> Samples:
    """What the canceller leaves, chunk by chunk as in the product."""
    if name == "none":
        return microphone
    now = 0.0
    canceller = EchoCanceller(FILTERS[name], lambda: now)
    first = round(QUIET_S * DEVICE_HZ)
    taken, out = 0, []
    began = time.process_time()
    for start in range(0, len(microphone), CHUNK_SAMPLES):
        now = (start + CHUNK_SAMPLES) / RATE_HZ
        while taken < len(reply) and (first + taken) / DEVICE_HZ < now + LATENCY_S:
            block = AudioChunk(reply[taken : taken + BLOCK], DEVICE_HZ, first + taken)
            canceller.play(block, block.start / DEVICE_HZ)
            taken += BLOCK
        chunk = AudioChunk(microphone[start : start + CHUNK_SAMPLES], start=start)
        out.append(canceller.clean(chunk).samples)
    tally.cpu_s += time.process_time() - began
    tally.audio_s += len(microphone) / RATE_HZ
    return np.concatenate(out)


def wakes(ear: Ear, samples: Samples, speaking: bool) -> list[int]:
    """Where the wake word was found."""
    ear.reset()
    found = []
    for start in range(0, len(samples), CHUNK_SAMPLES):
        chunk = AudioChunk(samples[start : start + CHUNK_SAMPLES], start=start)
        if (one := ear.hear(chunk, armed=True, speaking=speaking).detection) is not None:
            found.append(one.at)
    return found


def trials(options: argparse.Namespace) -> list[Trial]:
    folder = options.data / "speech-en" / "ha_commands"
    paths = [path for path in sorted(folder.glob("*.wav")) if not path.stem.startswith("oov")]
    commands = [(trimmed(read(path)), path.stem.replace("_", " ")) for path in paths]
    commands = commands[: options.clips]
    callers = [(trimmed(word), "") for word in wake_words(options.data)]
    callers *= -(-options.clips // len(callers))
    names = [name for room in options.rooms for name in (MIXED if room == "mixed" else (room,))]
    longest = max(len(near) for near, _ in commands) / RATE_HZ + options.lead + QUIET_S
    spoken, rooms = replies(options.kokoro, longest, 6), responses(options.data)
    return [
        Trial(
            near,
            text,
            spoken[at % 6],
            rooms[room],
            ROOMS[names[at % len(names)]],
            options.lead,
            room,
        )
        for group in (commands, callers[: options.clips])
        for at, (near, text) in enumerate(group)
        for room in (rooms if options.by_room else [list(rooms)[at % len(rooms)]])
    ]


def measure(
    trial: Trial,
    name: str,
    below_db: float,
    seed: int,
    tally: Tally,
    engine: WhisperTranscriber,
    ear: Ear,
) -> None:
    mixed, start = mixture(trial, below_db, seed)
    clean = cancelled(name, mixed, trial.reply, tally)
    end = start + len(trial.near)
    if trial.text:
        text = hear(engine, clean[start - RATE_HZ // 5 : end + RATE_HZ // 5])
        wanted = words(trial.text)
        tally.words += len(wanted)
        tally.wrong += distance(wanted, words(text))
        tally.texts.append(f"{trial.text} | {text}")
        return
    tally.called += 1
    for speaking in (True, False):
        found = wakes(ear, clean, speaking)
        tally.woken[speaking] += any(start < at < end + RATE_HZ for at in found)
        tally.false[speaking] += any(at <= start for at in found)


def report(name: str, below_db: float, tally: Tally, verbose: bool) -> None:
    cpu = tally.cpu_s / tally.audio_s if tally.audio_s else 0.0
    print(
        f"{name:34} {-below_db:4.0f} dB: WER {tally.wrong / max(1, tally.words):4.0%} of "
        f"{tally.words} words, woken {tally.woken[True]} of {tally.called} "
        f"({tally.woken[False]} at the usual threshold), by Marvin {tally.false[True]} "
        f"({tally.false[False]}), CPU {cpu:.4f} s per second",
        flush=True,
    )
    for text in tally.texts if verbose else ():
        print("   ", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint of a published Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--kokoro", default="", help="Marvin's voice; else espeak-ng")
    parser.add_argument("--cancellers", nargs="+", default=["none", "speexdsp"])
    parser.add_argument("--below-db", nargs="+", type=float, default=[0, 6, 12, 18])
    parser.add_argument("--rooms", nargs="+", default=["mixed"], choices=["mixed", *ROOMS])
    parser.add_argument("--by-room", action="store_true", help="each clip in each room response")
    parser.add_argument("--clips", type=int, default=18, help="of each kind")
    parser.add_argument("--lead", type=float, default=2.0, help="seconds until the user speaks")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print every text")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    found = trials(options)
    engine = WhisperTranscriber.load(
        WhisperConfig(model=options.model, drafts=False), Place("cpu", "int8", 1)
    )
    ear = load_ear(Config())
    for below_db in options.below_db:
        for name in options.cancellers:
            tallies: dict[str, Tally] = {}
            for at, trial in enumerate(found):
                tally = tallies.setdefault(trial.room if options.by_room else name, Tally())
                measure(trial, name, below_db, at, tally, engine, ear)
            for room, tally in tallies.items():
                label = f"{name} {room}" if options.by_room else name
                report(label, below_db, tally, options.verbose)


if __name__ == "__main__":
    main()
