"""What interrupts Marvin with `turn.barge_in = "speech"`: its own echo, a television, the user.

    python -m benchmarks.accuracy.open_microphone --model FOLDER --data DATA [--kokoro FOLDER]
        [--echo-db -10 0 6] [--below-db 6 9 12 15] [--trials 12] [--speech-s 0.3]

Marvin speaks, through measured room responses and with its echo canceller, while nobody else does,
while a television does (read sentences, some dB below the user's level), or while the user does:
recorded home commands of two words and more, and recorded "yes", "right" and "wow". The echo is so
many dB louder than the user. A pause silences the echo, as in the product; the words are judged by
Whisper, which takes no time here.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soxr

from benchmarks.accuracy.after_wake_word import ROOM, speech_level
from benchmarks.accuracy.background_speech import recordings, trimmed
from benchmarks.accuracy.command_recordings import read
from benchmarks.accuracy.echo import DEVICE_HZ, ROOMS, SENTENCES, replies, responses
from benchmarks.accuracy.echo_filters import FILTERS
from marvin.audio.echo.canceller import EchoCanceller
from marvin.audio.playbuffer import PlayBuffer
from marvin.backends.pretrained.place import Place
from marvin.config.llm import ConversationTable
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config, TurnConfig
from marvin.conversation.ear import Ear
from marvin.conversation.endpoint import Endpointer
from marvin.conversation.interjections import Interjections
from marvin.conversation.session import Session
from marvin.conversation.utterance import UtteranceInProgress
from marvin.conversation.voice import Voice
from marvin.engines.registry import load_detectors
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.state import State, Trigger
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from tests.conversation.scripted_engines import RoomLanguageModel, VirtualWorker
from tests.conversation.virtual_speaker import Faults
from tests.fakes import FakeSink, FakeSkills, FakeSource, FakeSynthesizer
from tests.virtual import in_virtual_time

LEVEL = 0.02
"""RMS of the user's speech."""
LEAD_S = 5.0
"""Marvin speaks for this long before anybody else does."""
MOST_S = 12.0
BACKCHANNELS = ("yes", "right", "wow")
LATENCY_S = 0.1


@dataclass
class Tally:
    seconds: float = 0.0
    pauses: int = 0
    paused_s: float = 0.0
    interrupted: int = 0
    trials: int = 0
    unclear: int = 0
    """Trials in which the echo was never found."""
    waits_s: list[float] = field(default_factory=list)
    """From the user's first sound to the first pause."""


class LoudRoom(FakeSink):
    """A loudspeaker and a microphone in one room, chunk by chunk. A PausableSink."""

    def __init__(self, reply: Samples, response: Samples, gain: float, near: Samples) -> None:
        super().__init__()
        self._buffer = PlayBuffer(RATE_HZ, 1.0)
        self._buffer.put(reply)
        self._gain, self._near = gain, near
        self._size = 1 << (len(response) + CHUNK_SAMPLES).bit_length()
        self._response = np.fft.rfft(response, self._size)
        self._tail = np.zeros(self._size)
        self._peak = ROOMS["100 ms"].limit * float(np.abs(reply).max())
        self._delay: Samples = np.zeros(round(0.16 * RATE_HZ), np.float32)
        """What the loudspeaker has taken, and is not heard yet."""
        self.paused = False
        self.pauses = 0
        self.now_s = 0.0
        self.canceller = EchoCanceller(FILTERS["speexdsp"], lambda: self.now_s)
        self._noise = np.random.default_rng(1)

    def set_paused(self, paused: bool) -> None:
        self.pauses += paused and not self.paused
        self.paused = paused
        self._buffer.set_paused(paused)

    def chunk(self, at: int) -> AudioChunk:
        """What the microphone hears next."""
        start = at * CHUNK_SAMPLES
        played, count = self._buffer.take(CHUNK_SAMPLES)
        if count:
            heard_at_s = start / RATE_HZ + LATENCY_S
            self.canceller.play(AudioChunk(played[:count], RATE_HZ, start), heard_at_s)
        self._delay = np.concatenate((self._delay, played))
        now, self._delay = self._delay[:CHUNK_SAMPLES], self._delay[CHUNK_SAMPLES:]
        loud = np.tanh(now / self._peak) * self._peak
        self._tail = np.concatenate((self._tail, np.zeros(CHUNK_SAMPLES)))[CHUNK_SAMPLES:]
        self._tail += np.fft.irfft(np.fft.rfft(loud, self._size) * self._response, self._size)
        mixed = self._gain * self._tail[:CHUNK_SAMPLES] + self._near[start : start + CHUNK_SAMPLES]
        mixed = mixed + self._noise.normal(0.0, ROOM, CHUNK_SAMPLES)
        self.now_s = (start + CHUNK_SAMPLES) / RATE_HZ
        return AudioChunk(np.clip(mixed, -1, 1).astype(np.float32), start=start)


def user_level(ear: Ear, command: Samples, config: TurnConfig) -> float:
    """What Marvin knows of the user's level: that of an earlier command."""
    endpointer = Endpointer(config)
    padded = np.pad(command * np.float32(LEVEL / speech_level(command)), RATE_HZ // 2)
    for start in range(0, len(padded) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
        chunk = AudioChunk(padded[start : start + CHUNK_SAMPLES], start=start)
        one = ear.hear(chunk, armed=False, speaking=False)
        endpointer.process(one.chunk.duration_s, one.probability, one.level_dbfs, one.floor_dbfs)
    ear.reset()
    return endpointer.user_dbfs


@dataclass(frozen=True, slots=True)
class Trial:
    reply: Samples
    sentences: list[str]
    response: Samples
    command: Samples
    near: Samples


def session_for(room: LoudRoom, engine: WhisperTranscriber, faults: Faults) -> Session:
    transcriber: VirtualWorker[WhisperTranscriber] = VirtualWorker("stt", lambda _: engine, faults)
    transcriber.begin()
    skills = VirtualWorker("skills", lambda _: FakeSkills(), faults)
    mind = Mind(transcriber, skills, RoomLanguageModel(), TurnConfig())
    voice = VirtualWorker("tts", lambda _: FakeSynthesizer(), faults)
    ear = VirtualWorker("ear", lambda _: Ear(*load_detectors(Config())), faults)
    source, memory = FakeSource(live=True), Memory(ConversationTable())
    return Session(source, room, ear, memory, mind, voice)


class Conversation:
    """One reply, and what happens to it."""

    def __init__(
        self, trial: Trial, echo_db: float, engine: WhisperTranscriber, config: TurnConfig
    ) -> None:
        whole = np.convolve(trial.reply[: 4 * RATE_HZ], trial.response)
        gain = LEVEL * 10 ** (echo_db / 20) / speech_level(whole.astype(np.float32))
        self.room = LoudRoom(trial.reply, trial.response, gain, trial.near)
        self._ear = Ear(*load_detectors(Config()), None, self.room.canceller)
        self._level = user_level(Ear(*load_detectors(Config())), trial.command, config)
        session = session_for(self.room, engine, Faults())
        voice = Voice(session.synthesizer, self.room, config)
        voice._begun, voice._queued_s = [(one, 0.0) for one in trial.sentences], 1.0
        self._interjections = Interjections(session, config, voice, self._interrupt)
        self.interrupted = False
        self.text = ""

    def _interrupt(self, cause: Trigger, score: float, speech: UtteranceInProgress) -> None:
        self.interrupted = True

    async def run(self, tally: Tally, starts_s: float | None) -> None:
        """`starts_s`: when the user begins."""
        paused_s: float | None = None
        self._interjections.enter(State.SPEAKING, self._level)
        async with asyncio.TaskGroup() as tasks:
            for at in range(round(MOST_S * RATE_HZ) // CHUNK_SAMPLES):
                heard = self._ear.hear(self.room.chunk(at), armed=False, speaking=True)
                self._interjections.hear(heard, tasks)
                if paused_s is None and self.room.pauses:
                    paused_s = self.room.now_s
                await asyncio.sleep(CHUNK_SAMPLES / RATE_HZ)
                tally.seconds += CHUNK_SAMPLES / RATE_HZ
                tally.paused_s += self.room.paused * CHUNK_SAMPLES / RATE_HZ
                if self.interrupted:
                    break
        self._interjections.enter(State.IDLE, self._level)
        tally.trials += 1
        tally.pauses += self.room.pauses
        if starts_s is not None and paused_s is not None:
            tally.waits_s.append(paused_s - starts_s)
        tally.interrupted += self.interrupted
        tally.unclear += not self.room.canceller.clear


def at_level(samples: Samples, below_db: float, start_s: float) -> Samples:
    """Somebody who speaks from `start_s` on, so many dB below the user's level."""
    out = np.zeros(round((MOST_S + 1) * RATE_HZ), np.float32)
    start = round(start_s * RATE_HZ)
    part = samples[: len(out) - start]
    out[start : start + len(part)] = part * (LEVEL / speech_level(samples) * 10 ** (-below_db / 20))
    return out


class Benchmark:
    """Measures one kind of speech after another."""

    def __init__(self, options: argparse.Namespace, engine: WhisperTranscriber) -> None:
        self._options, self._engine = options, engine
        data = options.data
        spoken = replies(options.kokoro, MOST_S, 4)
        self._replies = [
            soxr.resample(one, DEVICE_HZ, RATE_HZ).astype(np.float32) for one in spoken
        ]
        self._responses = list(responses(data).values())
        folder = data / "speech-en" / "ha_commands"
        paths = [path for path in sorted(folder.glob("*.wav")) if " " in path.stem]
        self._commands = [trimmed(read(path)) for path in paths][: options.trials]
        read_sentences = data / "negatives" / "librispeech_251spk"
        self._television = np.concatenate(recordings(read_sentences, 2 * options.trials))
        self._backchannels = [
            trimmed(read(data / "wake" / "words35" / f"{word}.wav")) for word in BACKCHANNELS
        ]

    def run(self) -> None:
        size = round(MOST_S * RATE_HZ)
        for echo_db in self._options.echo_db:
            name = f"echo {echo_db:+.0f} dB"
            self._measure(f"{name}, nobody speaks", echo_db, [np.zeros(2 * size, np.float32)])
            for below_db in self._options.below_db:
                voices = [
                    at_level(self._television[at * size :][:size], below_db, 0.0)
                    for at in range(self._options.trials)
                ]
                self._measure(f"{name}, a television at -{below_db:.0f} dB", echo_db, voices)
            commands = [at_level(one, 0.0, LEAD_S) for one in self._commands]
            self._measure(f"{name}, commands", echo_db, commands, user=True)
            listeners = [at_level(one, 3.0, LEAD_S) for one in self._backchannels]
            self._measure(f"{name}, {', '.join(BACKCHANNELS)}", echo_db, listeners, user=True)

    def _measure(
        self, name: str, echo_db: float, voices: list[Samples], *, user: bool = False
    ) -> None:
        tally, config = Tally(), self._config()
        count = len(voices) if user else self._options.trials
        for at in range(count):
            trial = Trial(
                self._replies[at % len(self._replies)],
                sentences(),
                self._responses[at % len(self._responses)],
                self._commands[at % len(self._commands)],
                voices[at % len(voices)],
            )
            conversation = Conversation(trial, echo_db, self._engine, config)
            in_virtual_time(conversation.run(tally, LEAD_S if user else None))
        report(name, tally)

    def _config(self) -> TurnConfig:
        return TurnConfig(barge_in="speech", barge_in_s=self._options.speech_s)


def sentences() -> list[str]:
    """What Marvin may have said."""
    return [line for line in SENTENCES.read_text().splitlines() if "Marvin" not in line]


def report(name: str, tally: Tally) -> None:
    minutes = tally.seconds / 60
    waits = f", paused after {np.median(tally.waits_s):.2f} s" if tally.waits_s else ""
    print(
        f"{name:40} {minutes:4.1f} min: {tally.interrupted} of {tally.trials} interrupted, "
        f"{tally.pauses / minutes:.1f} pauses a minute, silent for {tally.paused_s:.1f} s{waits}; "
        f"echo not found in {tally.unclear}",
        flush=True,
    )


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint of a published Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--kokoro", default="", help="Marvin's voice; else espeak-ng")
    parser.add_argument("--echo-db", nargs="+", type=float, default=[-10, 0, 6])
    parser.add_argument("--below-db", nargs="+", type=float, default=[6, 9, 12, 15])
    parser.add_argument("--trials", type=int, default=12, help="replies of 12 s each")
    parser.add_argument("--speech-s", type=float, default=TurnConfig().barge_in_s)
    return parser.parse_args()


def main() -> None:
    options = parsed()
    import torch

    torch.set_num_threads(1)
    engine = WhisperTranscriber.load(
        WhisperConfig(model=options.model, drafts=False), Place("cpu", "int8", 1)
    )
    Benchmark(options, engine).run()


if __name__ == "__main__":
    main()
