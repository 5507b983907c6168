"""Puts together what an assistant, a server or a single request answers with."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from marvin.config.hearing import transcripts_of
from marvin.config.llm import conversation_rules
from marvin.config.tables import Config
from marvin.conversation.called_rooms import Rooms
from marvin.engines.engine_set import EngineSet
from marvin.engines.registry import known_only, wake_phrases
from marvin.engines.workers.worker import Worker
from marvin.events import Event
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.mind.tools.toolbox import toolbox_of
from marvin.protocols import Transcriber
from marvin.service.carried_over import CarriedOver
from marvin.service.home_follower import home_of
from marvin.service.served_engines import Report, ServedEngines
from marvin.skills.agenda import Agenda

_SLACK_S = 5.0
"""Margin over the language models' own limits, whose errors are more specific."""


def open_memory(config: Config, agenda: Agenda, earlier: Memory | None = None) -> Memory:
    """The memory of a conversation."""
    memory = earlier or Memory(conversation_rules(config.llm))
    if memory.dialogue.language not in config.languages:
        memory.dialogue.language = config.languages[0]
    memory.notes = _told_notes(config, agenda)
    return memory


def _told_notes(config: Config, agenda: Agenda) -> Callable[[], Sequence[str]]:
    """What the language model is told of the user's notes."""
    if not config.skills.notes or "notes" in config.skills.disabled:
        return tuple
    return agenda.notes.texts


def served_engines(
    engines: EngineSet,
    config: Config,
    carried: CarriedOver,
    report: Callable[[Event], None] = lambda event: None,
    *,
    traced: Callable[[Report], Report] = lambda report: report,
) -> ServedEngines:
    return ServedEngines(
        config,
        engines,
        mind_of(engines, config, report),
        partial(open_memory, config, carried.agenda),
        carried.agenda,
        metrics=carried.metrics,
        rooms=Rooms(config.serve.same_call_s),
        kept=carried.kept,
        traced=traced,
    )


def mind_of(
    engines: EngineSet, config: Config, report: Callable[[Event], None] = lambda event: None
) -> Mind:
    speakers = None
    if engines.identifier is not None:
        speakers = SpeakerIdentity(engines.identifier, known_only(config))
    hears = transcripts_of(config.llm)
    mind = Mind(
        engines.transcriber,
        engines.skills,
        engines.language_model,
        config.turn,
        wake_phrases(config),
        config.languages,
        speakers,
        toolbox_of(engines, config, report),
        home_of(config, engines.notify),
        hears,
    )
    if hears == "model":
        # It transcribes, too; what is said over its answer does not wait for it.
        writer = cast("Worker[Transcriber]", engines.generators[0])
        mind.understanding = replace(mind.understanding, transcriber=writer)
    return mind


def with_time_for_answers(config: Config) -> Config:
    """Raise `answer_s` to the sum of the limits of all language models in the fallback list."""
    tables = [table for _, table in config.llm.with_fallbacks("llm")]
    longest_s = sum(getattr(table, "first_token_s", 0.0) for table in tables)
    if config.turn.answer_s > longest_s:
        return config
    turn = config.turn.model_copy(update={"answer_s": longest_s + _SLACK_S})
    return config.model_copy(update={"turn": turn})
