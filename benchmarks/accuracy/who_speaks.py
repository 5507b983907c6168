"""How well voices are told apart by [speaker_id].

    python -m benchmarks.accuracy.who_speaks --data DATA [--model FOLDER] [--clips N]
        [--threshold T] [--impostors N]

Ten people of LibriSpeech test-other, each in one session. They are enrolled with 4 s of three
sentences; the first 1 to 3 s of others are commands. Each command is tried in five households of
three enrolled people that its speaker belongs to, where it should be recognised, and in five that
they do not belong to, where they are a stranger and should be nobody. The equal error rate is over
all pairs of a command and an enrolled voice. In "rooms", people are enrolled in one simulated room
and speak in others, also with noise or with the babble of three people, 10 dB below. Real home
commands by other people, on other microphones and in two languages, are strangers as well. Shares
are in %, with 95 % intervals by Wilson, as if all trials were independent: the real ones are wider.

`--impostors` shows instead which scores other people (LibriSpeech train-clean-100) reach against
each other's voices: the threshold was chosen by these.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marvin.cancellation import CancelToken
from marvin.config.speaker_id import EcapaConfig
from marvin.speaker_id.ecapa.ecapa_encoder import EcapaEncoder
from marvin.speaker_id.speaker_identifier import POSSIBLE
from marvin.speaker_id.speech_part import speech_part
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.rates import share
from marvin.workshop.wake_eval.rooms import simulated_rooms
from marvin.workshop.wake_eval.speech import in_noise
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.room_acoustics import in_room

ENROLLED, IMPOSTORS = "speech-en/librispeech_test_other", "negatives/librispeech_251spk"
_COMMANDS = ("speech-en/ha_commands", "speech-xx/fr_ha_commands")
_NOISES = ("rain.wav", "air_conditioner.wav", "water.wav", "wind.wav", "music.wav")
_LENGTHS_S = (1.0, 1.5, 2.0, 3.0)
_SENTENCE_S = 4.0
_SENTENCES = 3
_HOUSEHOLD, _DRAWS = 3, 5
_NOISE_DB = 10.0
_TALKERS = 12
"""Of whom three babble at a time."""
_BOTH = 7 * RATE_HZ
"""An impostor is enrolled with the two halves of this much."""
_SHARES = (0.01, 0.001)
_SEED = 1

_Format = argparse.RawDescriptionHelpFormatter

Place = Callable[[Samples, int], Samples]
"""What a microphone hears of a clip; the number varies the room and the noise."""


@dataclass
class Counts:
    """Of trials in households."""

    right: int = 0
    somebody_else: int = 0
    nobody: int = 0

    def add(self, speaker: str, named: str) -> None:
        self.nobody += not named
        self.right += bool(named) and named == speaker
        self.somebody_else += bool(named) and named != speaker

    @property
    def total(self) -> int:
        return self.right + self.somebody_else + self.nobody


class Voices:
    def __init__(self, config: EcapaConfig) -> None:
        self.config = config
        self._encoder = EcapaEncoder.load(config)
        self.cpu_s = self.speech_s = 0.0

    def voice(self, clip: Samples) -> Samples | None:
        """None if there is too little speech."""
        part = speech_part(clip)
        if part.speech_s < self.config.min_speech_s:
            return None
        began_s = time.process_time()
        embedding = self._encoder.embed(part.samples, CancelToken())
        self.cpu_s += time.process_time() - began_s
        self.speech_s += len(part.samples) / RATE_HZ
        return embedding

    def enrolled(self, clips: Sequence[Samples]) -> Samples:
        total = np.sum(
            [self._encoder.embed(speech_part(one).samples, CancelToken()) for one in clips], axis=0
        )
        return np.asarray(total / np.linalg.norm(total), np.float32)

    def named(self, voice: Samples | None, household: Mapping[str, Samples]) -> str:
        """The rule of `VoiceprintIdentifier`."""
        if voice is None:
            return ""
        ranked = sorted(
            ((float(one @ voice), name) for name, one in household.items()), reverse=True
        )
        sure = ranked[0][0] >= self.config.threshold
        return ranked[0][1] if sure and ranked[0][0] - ranked[1][0] >= self.config.margin else ""


def sentences(data: Path) -> dict[str, list[Samples]]:
    found = defaultdict(list)
    for path in audio_files([data / ENROLLED]).files:
        found[path.name.partition("-")[0]].append(speech_part(read_file(path)).samples)
    return dict(found)


def places(data: Path) -> dict[str, Place]:
    """The conditions of the commands."""
    rooms = simulated_rooms(_SEED)
    noises = [read_file(data / "noise/felix" / name) for name in _NOISES]
    talkers = [read_file(path) for path in audio_files([data / IMPOSTORS]).files[-_TALKERS:]]

    def room(clip: Samples, turn: int) -> Samples:
        return in_room(clip, rooms[1 + turn % (len(rooms) - 1)])

    def noisy(clip: Samples, turn: int) -> Samples:
        heard = room(clip, turn)
        return in_noise(heard, np.resize(noises[turn % len(noises)], len(heard)), _NOISE_DB)

    def babble(clip: Samples, turn: int) -> Samples:
        heard = room(clip, turn)
        others = [np.resize(talkers[(turn + at) % len(talkers)], len(heard)) for at in (1, 4, 7)]
        return in_noise(heard, np.sum(others, axis=0, dtype=np.float32), _NOISE_DB)

    return {
        "clean": lambda clip, turn: clip,
        "rooms": room,
        "rooms, noise": noisy,
        "rooms, babble": babble,
    }


def households(
    name: str | None, people: Sequence[str], rng: np.random.Generator
) -> Iterator[list[str]]:
    """Some that begin with a person, or some of three."""
    others = [one for one in people if one != name]
    for _ in range(_DRAWS):
        count = _HOUSEHOLD - (name is not None)
        chosen = [others[at] for at in rng.choice(len(others), count, replace=False)]
        yield [name, *chosen] if name is not None else chosen


def tried(
    voices: Voices, commands: Sequence[tuple[str, Samples | None]], enrolled: Mapping[str, Samples]
) -> tuple[Counts, Counts]:
    """Commands by people of the household, and by strangers."""
    rng = np.random.default_rng(_SEED)
    members, strangers = Counts(), Counts()
    for speaker, voice in commands:
        if speaker in enrolled:
            for household in households(speaker, list(enrolled), rng):
                members.add(speaker, voices.named(voice, {one: enrolled[one] for one in household}))
        others = [one for one in enrolled if one != speaker]
        for household in households(None, others, rng):
            strangers.add(speaker, voices.named(voice, {one: enrolled[one] for one in household}))
    return members, strangers


def equal_error_rate(own: Sequence[float], others: Sequence[float]) -> float:
    mine, theirs = np.sort(own), np.sort(others)
    limits = np.concatenate([mine, theirs])
    missed = np.searchsorted(mine, limits) / len(mine)
    accepted = 1.0 - np.searchsorted(theirs, limits) / len(theirs)
    return float(np.min(np.maximum(missed, accepted)))


def _above(scores: Sequence[float], limit: float) -> str:
    return f"{100 * np.mean(np.array(scores) >= limit):.0f} %"


def _percent(count: int, of: int) -> str:
    found = share(count, of)
    return f"{100 * count / of:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def report(voices: Voices, data: Path, most: int) -> None:
    speech = sentences(data)
    conditions = places(data)
    for condition, place in conditions.items():
        home = conditions["clean" if condition == "clean" else "rooms"]
        enrolled = {
            name: voices.enrolled([home(clip, -1) for clip in first_sentences(clips)])
            for name, clips in speech.items()
        }
        for seconds in _LENGTHS_S:
            commands = [
                (name, voices.voice(place(clip[: round(seconds * RATE_HZ)], at * 7 + turn)))
                for at, (name, clips) in enumerate(speech.items())
                for turn, clip in enumerate(clips[_SENTENCES:][:most])
                if len(clip) >= seconds * RATE_HZ
            ]
            print(f"{condition:14} {seconds:3.1f} s  {row(voices, commands, enrolled)}", flush=True)
    clean = {name: voices.enrolled(first_sentences(clips)) for name, clips in speech.items()}
    files = audio_files([data / folder for folder in _COMMANDS]).files
    real = [("", voices.voice(read_file(path))) for path in files]
    print(f"home commands by strangers  {row(voices, real, clean)}")
    print(f"{1000 * voices.cpu_s / voices.speech_s:.0f} ms of CPU time for a second of speech")


def first_sentences(clips: Sequence[Samples]) -> list[Samples]:
    """What people are enrolled with."""
    return [clip[: round(_SENTENCE_S * RATE_HZ)] for clip in clips[:_SENTENCES]]


def row(
    voices: Voices, commands: Sequence[tuple[str, Samples | None]], enrolled: Mapping[str, Samples]
) -> str:
    short = sum(voice is None for _, voice in commands)
    members, strangers = tried(voices, commands, enrolled)
    parts = [f"{len(commands)} commands, {short} too short"]
    if members.total:
        scores = [
            (name == one, float(known @ voice))
            for name, voice in commands
            if voice is not None
            for one, known in enrolled.items()
        ]
        own, others = (
            [score for is_own, score in scores if is_own is own] for own in (True, False)
        )
        possible = voices.config.threshold * POSSIBLE
        parts += [
            f"EER {100 * equal_error_rate(own, others):.1f} %",
            f"possible {_above(own, possible)}, others {_above(others, possible)}",
            f"recognised {_percent(members.right, members.total)}",
            f"somebody else {_percent(members.somebody_else, members.total)}",
        ]
    wrong = _percent(strangers.somebody_else, strangers.total)
    return "; ".join([*parts, f"strangers taken for somebody {wrong}"])


def impostors(voices: Voices, data: Path, most: int) -> None:
    """Scores of people against the voices of others, by length."""
    files = audio_files([data / IMPOSTORS]).files[:most]
    clips = [speech_part(read_file(path)).samples for path in files]
    conditions = places(data)
    for condition in ("clean", "rooms, noise"):
        home, place = conditions[condition.partition(",")[0]], conditions[condition]
        known = [
            voices.enrolled([home(half, -1) for half in np.array_split(clip[:_BOTH], 2)])
            for clip in clips
        ]
        for seconds in _LENGTHS_S:
            scores = []
            for at, clip in enumerate(clips):
                cut = clip[_BOTH:][: round(seconds * RATE_HZ)]
                voice = voices.voice(place(cut, at))
                if len(cut) >= seconds * RATE_HZ and voice is not None:
                    scores += [float(one @ voice) for turn, one in enumerate(known) if turn != at]
            marks = ", ".join(
                f"{100 * share:g} % {np.quantile(scores, 1 - share):.2f}" for share in _SHARES
            )
            print(f"{condition:14} {seconds:3.1f} s  {len(scores):5} pairs; passed by {marks}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Format)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default=EcapaConfig().model, help="folder or Hub id")
    parser.add_argument("--threshold", type=float, default=EcapaConfig().threshold)
    parser.add_argument("--clips", type=int, default=7, help="commands of each speaker")
    parser.add_argument("--impostors", type=int, default=0, metavar="N", help="number of people")
    options = parser.parse_args()
    voices = Voices(EcapaConfig(model=options.model, threshold=options.threshold))
    if options.impostors:
        impostors(voices, options.data, options.impostors)
    else:
        report(voices, options.data, options.clips)


if __name__ == "__main__":
    main()
