"""How well voices are told apart: an option of Marvin's, [speaker_id].

    python -m benchmarks.accuracy.who_speaks --data DATA --model FOLDER [--impostors]

Ten people of LibriSpeech test-other, of one session each. Each is enrolled with three sentences of
4 s; the first 1 to 5 s of their other sentences are commands. A household has three of the ten;
each command is tried in the five households that begin with its speaker (recognised, somebody else
or nobody) and in five without (a stranger: should be nobody). The equal error rate is over all
pairs of a command and an enrolled voice. Home commands by other people, on other microphones and
in two languages, are strangers too. In rooms, people are enrolled in one simulated room and speak
in others, there also with noise or the babble of three 10 dB below. 95 % intervals by Wilson,
which take the trials of one speaker as independent: the real ones are wider.

`--impostors` instead shows the scores of 100 other people (LibriSpeech train-clean-100), each
against 99 others: what the threshold was chosen by.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marvin.cancellation import CancelToken
from marvin.config.speaker_id import EcapaConfig
from marvin.speaker_id.ecapa.ecapa_encoder import EcapaEncoder
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
_SEED = 1

Place = Callable[[Samples, int], Samples]
"""What a microphone hears of a clip; the number varies the room and the noise."""


@dataclass(frozen=True)
class Command:
    speaker: str
    voice: Samples
    """Its embedding."""


@dataclass
class Counts:
    """Of trials in households."""

    right: int = 0
    somebody_else: int = 0
    nobody: int = 0

    @property
    def total(self) -> int:
        return self.right + self.somebody_else + self.nobody


class Voices:
    def __init__(self, config: EcapaConfig) -> None:
        self.config = config
        self._encoder = EcapaEncoder.load(config)

    def voice(self, clip: Samples) -> Samples | None:
        """None if there is too little speech."""
        part = speech_part(clip)
        if part.speech_s < self.config.min_speech_s:
            return None
        return self._encoder.embed(part.samples, CancelToken())

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


def first(clip: Samples, seconds: float) -> Samples | None:
    return clip[: round(seconds * RATE_HZ)] if len(clip) >= seconds * RATE_HZ else None


def places(data: Path, speech: Mapping[str, Sequence[Samples]]) -> dict[str, Place]:
    """The conditions of the commands."""
    rooms = simulated_rooms(_SEED)
    noises = [read_file(data / "noise/felix" / name) for name in _NOISES]
    talkers = [clip for clips in speech.values() for clip in clips[-1:]]

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
        for counts, wanted, others in (
            (members, speaker, enrolled),
            (strangers, "", [one for one in enrolled if one != speaker]),
        ):
            if wanted not in enrolled and wanted:
                continue
            for household in households(wanted or None, list(others), rng):
                name = voices.named(voice, {one: enrolled[one] for one in household})
                counts.nobody += name == ""
                counts.right += bool(name) and name == speaker
                counts.somebody_else += bool(name) and name != speaker
    return members, strangers


def equal_error_rate(own: Sequence[float], others: Sequence[float]) -> float:
    mine, theirs = np.sort(own), np.sort(others)
    limits = np.concatenate([mine, theirs])
    missed = np.searchsorted(mine, limits) / len(mine)
    accepted = 1.0 - np.searchsorted(theirs, limits) / len(theirs)
    return float(np.min(np.maximum(missed, accepted)))


def _percent(count: int, of: int) -> str:
    found = share(count, of)
    return f"{100 * count / of:5.1f} ({100 * found.low:.1f}-{100 * found.high:.1f})" if of else "-"


def report(voices: Voices, data: Path, most: int) -> None:
    speech = sentences(data)
    conditions = places(data, speech)
    for condition, place in conditions.items():
        enrolling = conditions["clean" if condition == "clean" else "rooms"]
        enrolled = {
            name: voices.enrolled(
                [
                    enrolling(
                        first(clip, _SENTENCE_S) if first(clip, _SENTENCE_S) is not None else clip,
                        -1,
                    )
                    for clip in clips[:_SENTENCES]
                ]
            )
            for name, clips in speech.items()
        }
        for seconds in _LENGTHS_S:
            commands, own, others = [], [], []
            for at, (name, clips) in enumerate(speech.items()):
                for turn, clip in enumerate(clips[_SENTENCES:][:most]):
                    if (cut := first(clip, seconds)) is None:
                        continue
                    voice = voices.voice(place(cut, at * 7 + turn))
                    commands.append((name, voice))
                    for one, known in enrolled.items():
                        if voice is not None:
                            (own if one == name else others).append(float(known @ voice))
            members, strangers = tried(voices, commands, enrolled)
            print(
                f"{condition:14} {seconds:3.1f} s  {len(commands):3} commands"
                f"  EER {100 * equal_error_rate(own, others):4.1f} %"
                f"  recognised {_percent(members.right, members.total)} %"
                f"  somebody else {_percent(members.somebody_else, members.total)} %"
                f"  strangers taken for somebody {_percent(strangers.somebody_else, strangers.total)} %",
                flush=True,
            )
    clean = {
        name: voices.enrolled([clip[: round(_SENTENCE_S * RATE_HZ)] for clip in clips[:_SENTENCES]])
        for name, clips in speech.items()
    }
    real = [
        ("", voices.voice(read_file(path)))
        for path in audio_files([data / one for one in _COMMANDS]).files
    ]
    _, strangers = tried(voices, real, clean)
    print(
        f"{len(real)} home commands by strangers: taken for somebody {_percent(strangers.somebody_else, strangers.total)} %; too short {sum(voice is None for _, voice in real)}"
    )


def impostors(voices: Voices, data: Path) -> None:
    """Scores of people against the voices of others, by length."""
    clips = [speech_part(read_file(path)).samples for path in audio_files([data / IMPOSTORS]).files]
    room, noisy = (places(data, {"": clips})[name] for name in ("rooms", "rooms, noise"))
    for condition, enrolling, place in (("clean", None, None), ("rooms, noise", room, noisy)):
        known = [
            voices.enrolled(
                [
                    enrolling(one, -1) if enrolling else one
                    for one in np.array_split(clip[: 7 * RATE_HZ], 2)
                ]
            )
            for clip in clips
        ]
        for seconds in _LENGTHS_S:
            scores = []
            for at, clip in enumerate(clips):
                cut = clip[7 * RATE_HZ :][: round(seconds * RATE_HZ)]
                if len(cut) < seconds * RATE_HZ:
                    continue
                voice = voices.voice(place(cut, at) if place else cut)
                if voice is not None:
                    scores += [float(one @ voice) for turn, one in enumerate(known) if turn != at]
            marks = "  ".join(
                f"{100 * q:g} % {np.quantile(scores, 1 - q):.2f}" for q in (0.01, 0.001, 0.0001)
            )
            print(
                f"{condition:14} {seconds:3.1f} s  {len(scores):5} pairs  scores passed by {marks}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default=EcapaConfig().model, help="folder or Hub id")
    parser.add_argument("--threshold", type=float, default=EcapaConfig().threshold)
    parser.add_argument("--impostors", type=int, default=0, metavar="N")
    options = parser.parse_args()
    voices = Voices(EcapaConfig(model=options.model, threshold=options.threshold))
    (impostors if options.impostors else report)(voices, options.data)


if __name__ == "__main__":
    main()
