"""How well the endpointer tells the user from background speech.

    python -m benchmarks.accuracy.background_speech --data DIR

"cut": recordings of one speaker in a quiet room, in part of which the speaker is taken for
somebody in the background. "late": home commands beside another voice that never stops (such as a
television), a given number of dB below the user's; the utterance has not ended 2.5 s after the
command. "follow-up": the same voice alone, in a window of `WINDOW_S` without the wake word after a
command: whether it begins a turn; and whether another command does, a number of dB below the first.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.accuracy.after_wake_word import ROOM, speech_level
from benchmarks.accuracy.command_recordings import read
from marvin.config.tables import Config, TurnConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.conversation.endpoint import Endpointer
from marvin.conversation.follow_up import follow_up
from marvin.conversation.turn import Outcome
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Endpoint, Samples, Utterance

LEVEL = 0.05
"""RMS of the user's speech."""
BELOW_DB = (6, 9, 12, 15, 20)
LATE_S = 2.5
WINDOW_S = 8.0
QUIETER_DB = (0, 3, 6, 9)
_BEFORE_S, _AFTER_S = 0.5, 6.0
_CUT_CHUNKS = 5
"""More chunks of speech than this taken for another's count as a cut."""


def heard(ear: Ear, samples: Samples) -> tuple[float | None, bool]:
    """Seconds to the end of the utterance, if it ends, and whether speech was cut."""
    ear.reset()
    endpointer, cut = Endpointer(Config().turn), 0
    for start in range(0, len(samples) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
        one = ear.hear(
            AudioChunk(samples[start : start + CHUNK_SAMPLES], start=start),
            armed=False,
            speaking=False,
        )
        endpoint = endpointer.process(
            one.chunk.duration_s, one.probability, one.level_dbfs, one.floor_dbfs
        )
        cut += endpointer.others_speak and one.probability > 0.0
        if endpoint is not Endpoint.NONE:
            return one.chunk.end / RATE_HZ, cut > _CUT_CHUNKS
    return None, cut > _CUT_CHUNKS


def room(samples: Samples, random_: np.random.Generator) -> Samples:
    speech = samples * np.float32(LEVEL / speech_level(samples))
    quiet = [np.zeros(round(seconds * RATE_HZ), np.float32) for seconds in (_BEFORE_S, _AFTER_S)]
    audio = np.concatenate([quiet[0], speech, quiet[1]])
    return (audio + random_.normal(0.0, ROOM, len(audio))).astype(np.float32)


def trimmed(samples: Samples) -> Samples:
    """Without the quiet at both ends."""
    frames = np.square(samples[: len(samples) // 320 * 320]).reshape(-1, 320).mean(axis=1)
    loud = np.nonzero(frames > 0.01 * frames.max())[0]
    return samples[loud[0] * 320 : (loud[-1] + 1) * 320]


def late(ear: Ear, commands: Sequence[Samples], others: Sequence[Samples], below_db: int) -> int:
    random_, count = np.random.default_rng(1), 0
    for at, command in enumerate(commands):
        speech = trimmed(command)
        audio = room(speech, random_)
        other = np.resize(others[at % len(others)], len(audio))
        gain = np.float32(LEVEL / speech_level(other) * 10 ** (-below_db / 20))
        end_s, _ = heard(ear, audio + other * gain)
        over_s = _BEFORE_S + len(speech) / RATE_HZ
        count += end_s is None or end_s - over_s > LATE_S
    return count


def begins(ear: Ear, user: Samples, samples: Samples) -> bool:
    """Whether speech begins an utterance after a reply to the user."""
    ear.reset()
    command = Endpointer(Config().turn)
    ended = process(ear, command, user)
    assert ended, "a command that does not end"
    turn = TurnConfig(follow_up_s=WINDOW_S)
    said = Utterance(user, 0, command.speech_s, Endpoint.SILENCE)
    after = follow_up(Outcome.ANSWERED, said, 0, turn)
    assert after is not None
    least_dbfs = command.user_dbfs - after.below_db
    window = Endpointer(turn, no_speech_s=after.wait_s, least_dbfs=least_dbfs)
    process(ear, window, samples)
    return window.spoke


def process(ear: Ear, endpointer: Endpointer, samples: Samples) -> bool:
    """Whether the utterance ends."""
    for start in range(0, len(samples) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
        one = ear.hear(
            AudioChunk(samples[start : start + CHUNK_SAMPLES]), armed=False, speaking=False
        )
        endpoint = endpointer.process(
            one.chunk.duration_s, one.probability, one.level_dbfs, one.floor_dbfs
        )
        if endpoint is not Endpoint.NONE:
            return True
    return False


def follow_ups(ear: Ear, commands: Sequence[Samples], others: Sequence[Samples]) -> None:
    random_ = np.random.default_rng(1)
    quiet = np.zeros(round(WINDOW_S * RATE_HZ), np.float32)
    for below_db in BELOW_DB:
        count = 0
        for at, command in enumerate(commands):
            other = np.resize(others[at % len(others)], len(quiet))
            gain = np.float32(LEVEL / speech_level(other) * 10 ** (-below_db / 20))
            noise = random_.normal(0.0, ROOM, len(quiet)).astype(np.float32)
            count += begins(ear, room(trimmed(command), random_), other * gain + noise)
        print(f"follow-up: another voice at -{below_db} dB: {count} of {len(commands)} turns")
    for below_db in QUIETER_DB:
        count = 0
        for at, command in enumerate(commands):
            gain = np.float32(10 ** (-below_db / 20))
            answer = room(trimmed(commands[at - 1]), random_) * gain
            count += begins(ear, room(trimmed(command), random_), answer)
        print(f"follow-up: a command at -{below_db} dB: {count} of {len(commands)} turns")


def recordings(folder: Path, count: int | None = None) -> list[Samples]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".wav", ".flac"})
    if count is not None:
        paths = random.Random(1).sample(paths, min(count, len(paths)))
    return [read(path) for path in paths]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    ear, data = load_ear(Config()), options.data
    groups = {
        "home commands": recordings(data / "speech-en" / "ha_commands"),
        "French home commands": recordings(data / "speech-xx" / "fr_ha_commands"),
        "LibriSpeech": recordings(data / "speech-en" / "librispeech_test_other", 50),
    }
    for name, clips in groups.items():
        random_ = np.random.default_rng(1)
        cuts = [heard(ear, room(clip, random_))[1] for clip in clips]
        print(f"{name}: {sum(cuts)} of {len(cuts)} cut", flush=True)
    commands = groups["home commands"] + groups["French home commands"][:20]
    others = [clip for clip in groups["LibriSpeech"] if len(clip) > 8 * RATE_HZ]
    for below_db in BELOW_DB:
        count = late(ear, commands, others, below_db)
        print(f"another voice at -{below_db} dB: {count} of {len(commands)} late", flush=True)
    follow_ups(ear, commands, others)


if __name__ == "__main__":
    main()
