"""Loads the configured engines from the class paths in their tables."""

import importlib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marvin.backends.espeak.pronouncer import WordPronouncer
from marvin.backends.home_assistant.home_names import HomeNames, read_names
from marvin.backends.home_assistant.home_server import HomeAssistantServer
from marvin.backends.pretrained.place import Place
from marvin.config.engine_table import EngineTable, PlacedTable
from marvin.config.speaker_id import EcapaConfig
from marvin.config.tables import AUTO, ENGLISH, Config
from marvin.errors import ConfigError
from marvin.languages.language import language
from marvin.protocols import Synthesizer, Transcriber, VoiceActivityDetector, WakeWordDetector
from marvin.skills.agenda import Agenda
from marvin.skills.home_sentences import NAME as HOME
from marvin.skills.lists.home_lists import HomeLists
from marvin.skills.own.own_skills import OwnSkills, load_own_skills
from marvin.skills.own.skill_files import skills_folder
from marvin.skills.skill_names import unknown_skills
from marvin.skills.skillset import Skillset, state_dir
from marvin.speaker_id.speaker_identifier import VoiceprintIdentifier
from marvin.speaker_id.voiceprints import Voiceprints
from marvin.tts.normalization import normalize
from marvin.tts.polyglot import PolyglotSynthesizer
from marvin.types import Patterns

if TYPE_CHECKING:
    from marvin.wake.ast.ast_checkpoint import Description

_PRONOUNCE = WordPronouncer()


def load_engine(table: EngineTable, place: Place | None = None, **more: object) -> Any:
    """Import and load a table's engine. `place` is passed only to engines that take a device."""
    module, _, name = table.class_path.partition(":")
    kind = getattr(importlib.import_module(module), name)
    where = (place,) if isinstance(table, PlacedTable) else ()
    return kind.load(table, *where, **more)


def load_detectors(config: Config) -> tuple[VoiceActivityDetector, WakeWordDetector]:
    return load_engine(config.vad), load_engine(config.wake, pronounce=_PRONOUNCE)


def describe_wake_model(name: str) -> "Description":
    """Labels and size of a wake word checkpoint; `name` is the value of `wake.model`."""
    module = importlib.import_module("marvin.wake.ast.ast_checkpoint")
    description: Description = module.describe_checkpoint(name)
    return description


def load_skillset(config: Config, agenda: Agenda | None = None) -> Skillset:
    """Includes the user's own. `agenda` has what skills change."""
    table = config.home_assistant
    home = None if table.url is None else read_names(names_file(config))
    lists = None
    if table.url is not None and table.todo_lists:
        lists = HomeLists(HomeAssistantServer(table))

    def own() -> OwnSkills:
        return load_own_skills(skills_folder(), config.skills)

    skillset = Skillset.load(
        config.skills,
        agenda,
        own=own,
        wake_phrase=own_name(config),
        languages=config.languages,
        home=home,
        lists=lists,
    )
    if wrong := unknown_skills(known_only(config), "speaker_id.known_only", skillset.names()):
        raise ConfigError("\n".join(wrong))
    return skillset


def known_only(config: Config) -> tuple[str, ...]:
    """The skills for people with an enrolled voice."""
    table, home = config.speaker_id, config.home_assistant
    if not isinstance(table, EcapaConfig):
        return ()
    # With `todo_lists`, the lists are Home Assistant's.
    its_lists = HOME in table.known_only and home.url is not None and home.todo_lists
    return (*table.known_only, "lists") if its_lists else table.known_only


def voices_folder(config: Config) -> Path:
    return state_dir(config.skills) / "voices"


def spoken_patterns(config: Config, skillset: Skillset) -> list[Patterns]:
    """The skills' sentences in each language of conversations."""
    return [skillset.patterns(code) for code in config.languages]


def prepare_names(names: HomeNames) -> None:
    """Find out how they are pronounced, before a recogniser needs it."""
    _PRONOUNCE.prepare(word for name in names.all() for word in name.lower().split())


def names_file(config: Config) -> Path:
    """The names that Home Assistant had last."""
    return state_dir(config.skills) / "home_assistant.json"


def load_identifier(config: Config, table: EcapaConfig) -> VoiceprintIdentifier:
    return VoiceprintIdentifier(load_engine(table), Voiceprints(voices_folder(config)), table)


def own_name(config: Config) -> str:
    """The wake word without a greeting: `marvin` of `hey marvin`."""
    first, _, rest = config.wake.label.partition(" ")
    return rest if rest and first.lower() in _greetings(config) else config.wake.label


def wake_phrases(config: Config) -> tuple[str, ...]:
    """What may precede a command."""
    name = own_name(config)
    return name, *(f"{greeting} {name}" for greeting in _greetings(config))


def _greetings(config: Config) -> tuple[str, ...]:
    others = (language(code).words.greetings for code in config.languages if code != ENGLISH)
    return tuple(dict.fromkeys(("hey", "okay", *chain.from_iterable(others))))


def load_transcriber(config: Config, skillset: Skillset, place: Place) -> Transcriber:
    """A recogniser that knows a grammar also gets the skills' sentence patterns."""
    more: dict[str, object] = {"wake_phrases": wake_phrases(config)}
    if "patterns" in config.stt.takes:
        more["patterns"] = skillset.patterns()
    if "other_patterns" in config.stt.takes:
        more["other_patterns"] = spoken_patterns(config, skillset)[1:]
    if "pronounce" in config.stt.takes:
        if config.home_assistant.url is not None:
            prepare_names(read_names(names_file(config)))
        more["pronounce"] = _PRONOUNCE
    transcriber: Transcriber = load_engine(config.stt, place, **more)
    return transcriber


def load_synthesizer(config: Config, place: Place) -> Synthesizer:
    """Also loads the language's text normalisation, which takes 40 ms, before the first reply."""
    synthesizer: Synthesizer = load_engine(config.tts, place)
    if config.language == AUTO:
        synthesizer = PolyglotSynthesizer(synthesizer, config.tts)
    normalize("10:30", synthesizer.language)
    return synthesizer
