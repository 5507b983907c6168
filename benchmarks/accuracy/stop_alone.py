"""How often "stop" on its own is heard, and how often other speech is taken for it.

    python -m benchmarks.accuracy.stop_alone --data DIR [--kokoro FOLDER]

"stop": one recording, espeak-ng and Kokoro, alone and over Marvin's own voice (an espeak-ng
reply, so many dB below the user's: what an echo canceller or the room leaves of it). "false":
other words on their own, home commands, recordings of people who read aloud, and the replies by
themselves.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.accuracy.after_wake_word import ROOM, speech_level
from benchmarks.accuracy.background_speech import LEVEL, recordings, trimmed
from benchmarks.accuracy.command_recordings import read
from marvin.audio.resample import Resampler
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tables import Config
from marvin.config.tts import EspeakConfig, KokoroConfig
from marvin.conversation.ear import Ear
from marvin.engines.registry import load_detectors, load_synthesizer
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.wake.stop_word import StopWord

VOICES = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us+f3", "en-gb+f4")
KOKORO_VOICES = ("af_heart", "bf_emma", "af_heart:0.5, bf_emma:0.5")
REPLIES = (
    "It is ten past nine. Today is Monday, March the second.",
    "Ada Lovelace was an English mathematician. She wrote the first program. She lived in London.",
    "Yes. Twelve. The kitchen light is on.",
)
BELOW_DB = (0, 10, 20, 30, 40)


def heard(ear: Ear, audio: Samples) -> int:
    """How often "stop" is heard."""
    ear.reset()
    # What is not stoppable resets the detector.
    ear.hear(AudioChunk(np.zeros(CHUNK_SAMPLES, np.float32)), armed=False, speaking=False)
    return sum(
        ear.hear(
            AudioChunk(audio[start : start + CHUNK_SAMPLES], start=start),
            armed=False,
            speaking=True,
            stoppable=True,
        ).stop
        for start in range(0, len(audio) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES)
    )


def spoken(text: str, voice: str, kokoro: Path | None = None) -> Samples:
    espeak = EspeakConfig(voice=voice)
    table = espeak if kokoro is None else KokoroConfig(model=str(kokoro), voice=voice)
    engine = load_synthesizer(Config(tts=table), Place(threads=1))
    chunks = list(engine.synthesize(text, CancelToken()))
    whole = np.concatenate([chunk.samples for chunk in chunks])
    return Resampler(chunks[0].rate_hz, RATE_HZ).process(whole, last=True)


def level(samples: Samples) -> Samples:
    return samples * np.float32(LEVEL / speech_level(samples))


def room(samples: Samples, random_: np.random.Generator) -> Samples:
    """Alone in a room, at the level of a user."""
    quiet = np.zeros(RATE_HZ, np.float32)
    audio = np.concatenate([quiet, level(samples), quiet])
    return (audio + random_.normal(0.0, ROOM, len(audio))).astype(np.float32)


def false(ear: Ear, name: str, clips: Sequence[Samples]) -> None:
    random_ = np.random.default_rng(1)
    count = sum(heard(ear, room(clip, random_)) for clip in clips)
    minutes = sum(map(len, clips)) / RATE_HZ / 60
    print(f"{name}: {count} false in {len(clips)} clips, {minutes:.1f} minutes", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--kokoro", type=Path, help="folder of Kokoro's weights")
    options = parser.parse_args()
    data, kokoro = options.data, options.kokoro
    ear = Ear(*load_detectors(Config()), StopWord.load())
    random_, began = np.random.default_rng(1), time.process_time()
    replies = [spoken(text, voice) for text in REPLIES for voice in VOICES[:3]]
    words = data / "wake" / "words35"
    stops = [read(words / "stop.wav"), *(spoken("stop", voice) for voice in VOICES)]
    if kokoro is not None:
        stops += [spoken("Stop.", voice, kokoro) for voice in KOKORO_VOICES]
        replies += [spoken(text, voice, kokoro) for text in REPLIES for voice in KOKORO_VOICES]
    stops = [trimmed(one) for one in stops]
    print(f"alone: {sum(heard(ear, room(one, random_)) > 0 for one in stops)} of {len(stops)}")
    for below_db in BELOW_DB:
        count = 0
        for at, one in enumerate(stops):
            audio = room(one, random_)
            echo = np.resize(level(replies[at % len(replies)]), len(audio))
            count += heard(ear, audio + echo * np.float32(10 ** (-below_db / 20))) > 0
        print(f"over Marvin's voice at -{below_db} dB: {count} of {len(stops)}", flush=True)
    others = [read(path) for path in sorted(words.glob("*.wav")) if path.stem != "stop"]
    digits = sorted((data / "speech-en" / "fsdd").rglob("*.wav"))
    false(ear, "other words", [trimmed(one) for one in others])
    false(ear, "digits", [trimmed(read(one)) for one in random.Random(1).sample(digits, 100)])
    false(ear, "home commands", recordings(data / "speech-en" / "ha_commands"))
    false(ear, "LibriSpeech", recordings(data / "speech-en" / "librispeech_test_other"))
    false(ear, "Marvin's own replies", replies)
    print(f"{time.process_time() - began:.0f} s of CPU time")


if __name__ == "__main__":
    main()
