"""Makes the recordings in this folder with free synthesisers from Debian, in a simulated room.

    sudo apt install espeak-ng flite
    python samples/make.py

They contain no human voice and may be used for anything.
"""

import subprocess
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

RATE_HZ = 16_000
NOISE_DBFS = -55.0
SPEECH_DBFS = -24.0
REVERBERATION_S = 0.25
"""Time for the echo to fall by 60 dB, as in a furnished living room."""

Samples = NDArray[np.float64]

FLITE = ("flite", "-voice")
ESPEAK = ("espeak-ng", "-v")

# Name: voice and script; numbers are pauses in seconds.
RECORDINGS: dict[str, tuple[tuple[str, ...], Sequence[str | float]]] = {
    "what_time_is_it": ((*FLITE, "slt"), ["marvin", 0.5, "what time is it"]),
    "set_a_timer": ((*FLITE, "slt"), ["marvin", 0.4, "set a pasta timer for ten minutes"]),
    "arithmetic": ((*FLITE, "rms"), ["marvin", 0.6, "what is seven times twelve"]),
    "one_breath": ((*FLITE, "slt"), ["marvin what day is it"]),
    "two_questions": (
        (*FLITE, "rms"),
        ["marvin", 0.5, "what is the date", 3.5, "marvin", 0.5, "what can you do"],
    ),
    "wake_word_and_silence": ((*ESPEAK, "en-us+m3"), ["marvin", 7.0]),
    "not_for_me": (
        (*FLITE, "slt"),
        ["we should leave before it starts to rain", 1.0, "the market opens at nine"],
    ),
    "kitchen_light": ((*FLITE, "slt"), ["marvin", 0.5, "turn on the kitchen light"]),
}


def say(voice: Sequence[str], text: str) -> Samples:
    """`text` in a synthesiser's voice, at RATE_HZ, without silence around it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        to_file = ["-t", text, "-o", str(path)] if voice[0] == "flite" else ["-w", str(path), text]
        subprocess.run([*voice, *to_file], check=True)
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
            samples = np.asarray(soxr.resample(pcm, file.getframerate(), RATE_HZ))
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[loud[0] : loud[-1]]
    level = np.sqrt(np.mean(samples**2))
    return np.asarray(samples * 10 ** (SPEECH_DBFS / 20) / level)


def in_a_room(speech: Samples, random: np.random.Generator) -> Samples:
    """Add echo, and noise that falls with frequency like the noise in a house."""
    time = np.arange(int(REVERBERATION_S * RATE_HZ)) / RATE_HZ
    echo = random.normal(0, 0.02, len(time)) * 10 ** (-3 * time / REVERBERATION_S)
    echo[0] = 1.0
    wet = np.convolve(speech, echo)
    spectrum = np.fft.rfft(random.normal(0, 1, len(wet)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, len(wet))
    return wet + noise * 10 ** (NOISE_DBFS / 20) / np.sqrt(np.mean(noise**2))


def main() -> None:
    """Write every recording next to this file."""
    for number, (name, (voice, script)) in enumerate(RECORDINGS.items()):
        parts = [np.zeros(RATE_HZ)]
        for part in script:
            silent = isinstance(part, float)
            parts.append(np.zeros(int(part * RATE_HZ)) if silent else say(voice, str(part)))
        parts.append(np.zeros(int(1.5 * RATE_HZ)))
        heard = in_a_room(np.concatenate(parts), np.random.default_rng(number))
        with wave.open(str(Path(__file__).parent / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes((np.clip(heard, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
