"""`marvin voices`: enrols, lists, tries and removes voices."""

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path

from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction, choose_device
from marvin.boundary.terminal import to_json
from marvin.cancellation import CancelToken
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.cli.commands.recording_folders import whole
from marvin.config.speaker_id import EcapaConfig
from marvin.config.tables import Config
from marvin.engines.registry import load_engine, voices_folder
from marvin.errors import EnrolmentError
from marvin.languages.translation import speaking_in, worded
from marvin.speaker_id.enrolment import SENTENCES, Recording, enrol, spoken_s
from marvin.speaker_id.speaker_identifier import VoiceprintIdentifier
from marvin.speaker_id.voiceprints import Voiceprints, checked_name
from marvin.types import Identification
from marvin.workshop.sentence_recording import record_sentence

_LONGEST_S = 60.0
_OTHER_MODEL = "enrolled with another model: enrol again"
_TRIES = 3
"""For each sentence from the microphone."""


def add(arguments: argparse.Namespace) -> int:
    config = load(arguments).config
    name = checked_name(arguments.name)
    # Loaded first, so that nobody reads three sentences aloud in vain.
    encoder = load_engine(_table(config))
    voiceprints = Voiceprints(voices_folder(config))
    if arguments.files:
        recordings = [_read(path) for path in arguments.files]
    else:
        recordings = asyncio.run(_from_microphone(config))
    earlier = {one.name.casefold() for one in voiceprints.known()}
    voice = enrol(name, recordings, encoder, voiceprints)
    again = " again, in place of the earlier voice" if name.casefold() in earlier else ""
    print(f"{voice.name} is enrolled{again}.")
    if not isinstance(config.speaker_id, EcapaConfig):
        print('To use it, write `engine = "ecapa"` under [speaker_id] in your models.toml.')
    return 0


def show(arguments: argparse.Namespace) -> int:
    config = load(arguments).config
    voiceprints = Voiceprints(voices_folder(config))
    known = voiceprints.known()
    if arguments.json:
        print(to_json([{"name": one.name, "volume": one.volume} for one in known]))
    else:
        for one in known:
            own = "" if one.volume is None else f"  volume {one.volume:.0%}"
            other = "" if one.model == _table(config).model else f"  {_OTHER_MODEL}"
            print(f"{one.name}{own}{other}")
        if not known and not voiceprints.problems:
            print("No voices. `marvin voices add NAME` enrols one.")
    if voiceprints.problems:
        raise EnrolmentError("\n".join(voiceprints.problems))
    return 0


def remove(arguments: argparse.Namespace) -> int:
    name = checked_name(arguments.name)
    Voiceprints(voices_folder(load(arguments).config)).remove(name)
    print(f"{name} is removed.")
    return 0


def volume(arguments: argparse.Namespace) -> int:
    level = _level(arguments.percent)
    voiceprints = Voiceprints(voices_folder(load(arguments).config))
    voice = replace(voiceprints.named(arguments.name), volume=level)
    voiceprints.save(voice)
    how = "as loud as to others" if level is None else f"at {level:.0%}"
    print(f"Replies to {voice.name} are played {how}.")
    return 0


def who(arguments: argparse.Namespace) -> int:
    """Prints a line for each file."""
    config = load(arguments).config
    table = _table(config)
    voiceprints = Voiceprints(voices_folder(config))
    if not voiceprints.known():
        raise EnrolmentError("nobody is enrolled: `marvin voices add NAME` first")
    identifier = VoiceprintIdentifier(load_engine(table), voiceprints, table)
    for path in arguments.files:
        found = identifier.identify_samples(_read(path).samples, CancelToken())
        print(f"{path}: {_described(found, table)}")
    return 0


def _described(found: Identification, table: EcapaConfig) -> str:
    if not found.enough:
        return f"unknown (less than {table.min_speech_s:g} s of speech)"
    if not found.nearest:
        return f"unknown (everybody is {_OTHER_MODEL})"
    likeness = f"likeness to {found.nearest} {found.likeness:.2f}, threshold {table.threshold:g}"
    return f"{found.person.name if found.person else 'unknown'} ({likeness})"


def _table(config: Config) -> EcapaConfig:
    table = config.speaker_id
    return table if isinstance(table, EcapaConfig) else EcapaConfig()


def _level(percent: str) -> float | None:
    if percent == "same":
        return None
    number = percent.removesuffix("%")
    if not number.isascii() or not number.isdigit() or int(number) > 100:
        raise EnrolmentError(f"{percent!r} is no volume: a number from 0 to 100, or `same`")
    return int(number) / 100


def _read(path: Path) -> Recording:
    return Recording(str(path), whole(path, _LONGEST_S))


async def _from_microphone(config: Config) -> list[Recording]:
    choose_device(config.audio.input, Direction.INPUT)
    print(f"Read {len(SENTENCES)} sentences aloud, as you would speak to Marvin.")
    recordings = []
    with speaking_in(config.languages[0]):
        sentences = [worded(sentence) for sentence in SENTENCES]
    for at, sentence in enumerate(sentences, start=1):
        recordings.append(await _sentence(config, f"sentence {at}", sentence))
    return recordings


async def _sentence(config: Config, title: str, sentence: str) -> Recording:
    for tries_left in reversed(range(_TRIES)):
        microphone = Microphone(config.audio.input, config.audio.backlog_s)
        try:
            samples = await record_sentence(
                config, microphone, on_ready=lambda: print(f"\n  {sentence}", flush=True)
            )
            recording = Recording(title, samples)
            spoken_s(recording)
        except EnrolmentError as error:
            if not tries_left:
                raise
            print(f"{error}. Once more:", flush=True)
        else:
            return recording
    raise AssertionError
