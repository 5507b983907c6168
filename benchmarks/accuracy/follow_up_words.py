"""Whether the first words of a follow-up are cut.

    python -m benchmarks.accuracy.follow_up_words --model FOLDER --data DIR [-v]

One home command by a real person, Marvin's reply, then another command without the wake word, so
many seconds after the reply has ended; the soft sound that opens the microphone is heard in the
room. The transcript of what Marvin keeps is compared with that of the recording alone: "cut" is one
that begins later, "different" any other one.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import soxr

from benchmarks.accuracy.after_wake_word import ROOM
from benchmarks.accuracy.background_speech import LEVEL, recordings, speech_level, trimmed
from benchmarks.accuracy.word_errors import words
from marvin.audio import chime
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config, TurnConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.conversation.follow_up import follow_up
from marvin.conversation.listener import Listener
from marvin.conversation.session import Session
from marvin.conversation.turn import Outcome
from marvin.engines.registry import load_engine
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Endpoint, Samples, Utterance

GAPS_S = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0)
REPLY_S = 2.0
_AFTER_S = 4.0
_CONFIG = Config(turn=TurnConfig(follow_up_s=8.0, speculate=False))


@dataclass(slots=True)
class Room:
    """A microphone in a room, and who listens to it."""

    ear: Ear
    listener: Listener
    tasks: Any = None
    position: int = 0
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def hear(self, samples: Samples) -> Utterance | None:
        """What the user said, if they finished within these samples."""
        noise = self.random.normal(0.0, ROOM, len(samples)).astype(np.float32)
        audio, said = samples + noise, None
        for start in range(0, len(audio) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
            chunk = AudioChunk(audio[start : start + CHUNK_SAMPLES], start=self.position)
            heard = self.ear.hear(chunk, armed=False, speaking=False)
            self.position = chunk.end
            self.listener.keep(heard)
            if self.listener.listening:
                endpoint = self.listener.hear(heard, self.tasks)
                if endpoint is Endpoint.NO_SPEECH:
                    self.listener.stop()
                elif endpoint is not Endpoint.NONE:
                    said, _ = self.listener.take(endpoint, self.tasks)
        return said


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def at_level(command: Samples) -> Samples:
    speech = trimmed(command)
    return speech * np.float32(LEVEL / speech_level(speech))


def followed_up(ear: Ear, first: Samples, then: Samples, gap_s: float) -> Utterance | None:
    """What Marvin keeps of the second command."""
    ear.reset()
    session = SimpleNamespace(
        source=SimpleNamespace(live=True), partials=None, respond=lambda said, tasks: None
    )
    listener = Listener(cast(Session, session), _CONFIG, lambda sound: None)
    room = Room(ear, listener)
    room.hear(quiet(0.5))
    listener.called()
    said = room.hear(np.concatenate([quiet(0.3), at_level(first), quiet(2.0)]))
    assert said is not None, "a command that does not end"
    window = follow_up(Outcome.ANSWERED, said, 0, _CONFIG.turn)
    assert window is not None
    room.hear(quiet(REPLY_S))
    since = room.position
    tone = chime.open_microphone()
    sound = soxr.resample(tone.samples, tone.rate_hz, RATE_HZ).astype(np.float32)
    rest = np.concatenate([quiet(gap_s), at_level(then), quiet(_AFTER_S)])
    rest[: len(sound)] += sound
    # Marvin waits until its sound has been played; the user does not.
    played = -(-len(sound) // CHUNK_SAMPLES) * CHUNK_SAMPLES
    room.hear(rest[:played])
    listener.follow_up(window, since)
    return room.hear(rest[played:])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint of a published Whisper")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-v", action="store_true", dest="verbose", help="print what differs")
    options = parser.parse_args()
    ear = load_ear(_CONFIG)
    commands = recordings(options.data / "speech-en" / "ha_commands")
    engine = load_engine(WhisperConfig(model=options.model, drafts=False), Place("cpu", "int8", 1))

    def text(utterance: Utterance) -> list[str]:
        return words(engine.transcribe(utterance, CancelToken()).text)

    def by_itself(command: Samples) -> Utterance:
        audio = np.concatenate([quiet(1.0), at_level(command), quiet(1.0)])
        noise = np.random.default_rng(1).normal(0.0, ROOM, len(audio)).astype(np.float32)
        return Utterance(audio + noise, 0, len(command) / RATE_HZ, Endpoint.SILENCE)

    alone = [text(by_itself(command)) for command in commands]
    for gap_s in GAPS_S:
        same = cut = missed = 0
        for at, command in enumerate(commands):
            said = followed_up(ear, commands[at - 1], command, gap_s)
            found = [] if said is None else text(said)
            missed += said is None
            same += found == alone[at]
            cut += bool(found) and len(found) < len(alone[at]) and found == alone[at][-len(found) :]
            if options.verbose and found != alone[at]:
                print(f"  {gap_s} s: {' '.join(alone[at])} | {' '.join(found)}", flush=True)
        print(
            f"{gap_s} s after the reply: of {len(commands)} the same {same}, cut {cut}, "
            f"not heard {missed}, different {len(commands) - same - cut - missed}",
            flush=True,
        )


if __name__ == "__main__":
    main()
