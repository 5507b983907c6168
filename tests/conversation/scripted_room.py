"""An assistant with its real mind, skills and memory in a virtual room."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from marvin.config.llm import ConversationTable
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation.assistant import Assistant
from marvin.conversation.ear import Ear
from marvin.conversation.session import Session
from marvin.engines.registry import wake_phrases
from marvin.engines.workers.worker import Worker
from marvin.events import Event, StateChanged
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.protocols import Skills, Synthesizer, Transcriber
from marvin.service.timekeeper import ring_agenda
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.skillset import Skillset
from marvin.skills.timers.steady import SteadyClock
from marvin.state import State
from tests.conversation.scripted_engines import (
    RoomEchoCanceller,
    RoomLanguageModel,
    RoomSkills,
    RoomStopWord,
    RoomTranscriber,
    RoomVoice,
    RoomWakeWord,
    VirtualWorker,
)
from tests.conversation.virtual_room import VirtualMicrophone
from tests.conversation.virtual_speaker import Faults, Sounding, VirtualSpeaker
from tests.fakes import FakeVad

_MORNING = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""When every script begins: a Monday."""
_PATIENCE_S = 120.0
"""How long a script waits for what it expects."""


class Clock:
    """The time of the running script, which the skills read. They are loaded once."""

    loop: asyncio.AbstractEventLoop | None = None

    def elapsed_s(self) -> float:
        return 0.0 if self.loop is None else self.loop.time()

    def now(self) -> datetime:
        return _MORNING + timedelta(seconds=self.elapsed_s())


CLOCK = Clock()


@cache
def skillset(languages: tuple[str, ...]) -> Skillset:
    agenda = Agenda(
        clock=SteadyClock(CLOCK.elapsed_s, CLOCK.now), wall=WallClock(CLOCK.now, zone=UTC)
    )
    # Loading pint takes as long as all scripts.
    return Skillset.load(
        SkillsConfig(disabled=("units",)), agenda, clock=CLOCK.now, languages=languages
    )


def _clear(agenda: Agenda) -> None:
    """Forget what an earlier script has set."""
    agenda.timers.cancel(agenda.timers.all())
    agenda.timers.last_rang = None
    agenda.alarms.cancel(agenda.alarms.all())
    agenda.alarms.end(())
    for name in agenda.lists.names():
        agenda.lists.clear(name)


class Room:
    """One assistant. Everything that happens is in `log`."""

    def __init__(self, config: Config) -> None:
        self.faults = Faults()
        self.speaker = VirtualSpeaker(self.faults)
        self.microphone = VirtualMicrophone(self.speaker)
        self.language_model = RoomLanguageModel()
        self.memory = Memory(ConversationTable(), CLOCK.elapsed_s)
        self.memory.dialogue.language = config.languages[0]
        self.state = State.IDLE
        self.log: list[str] = []
        self.tasks: asyncio.TaskGroup
        skills = skillset(config.languages)
        self._agenda = skills.agenda
        _clear(self._agenda)
        faults = self.faults
        stop_word = RoomStopWord(self.microphone) if config.turn.stop_word else None
        echo = RoomEchoCanceller(self.microphone)
        ear: Worker[Ear] = VirtualWorker(
            "ear", lambda _: Ear(FakeVad(), RoomWakeWord(), stop_word, echo), faults
        )
        phrases = wake_phrases(config)
        self.transcriber = RoomTranscriber(self.microphone, faults, config.languages[0], phrases)
        transcriber: Worker[Transcriber] = VirtualWorker("stt", lambda _: self.transcriber, faults)
        matcher: Worker[Skills] = VirtualWorker(
            "skills", lambda _: RoomSkills(skills, faults), faults
        )
        voice: Worker[Synthesizer] = VirtualWorker(
            "tts", lambda _: RoomVoice(self.speaker, faults), faults
        )
        ear.begin()
        transcriber.begin()
        matcher.begin()
        voice.begin()
        self.session = Session(
            source=self.microphone,
            sink=self.speaker,
            ear=ear,
            memory=self.memory,
            mind=Mind(
                transcriber, matcher, self.language_model, config.turn, phrases, config.languages
            ),
            synthesizer=voice,
        )
        self.states: list[State] = []
        self.session.on_state = self.states.append
        self.assistant = Assistant(self.session, config, self._report)
        self.microphone.quiet = lambda: self.state is State.IDLE

    async def run(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Run the assistant and its timers until `follow` ends."""
        async with asyncio.TaskGroup() as self.tasks:
            ring = self.assistant.announcements.ring
            listening = self.tasks.create_task(self.assistant.run())
            ringing = self.tasks.create_task(
                ring_agenda(
                    self._agenda, ring, SkillsConfig(), lambda: self.memory.dialogue.language
                )
            )
            await follow()
            ringing.cancel()
            listening.cancel()

    @property
    def audible(self) -> bool:
        return self.speaker.ends_s > CLOCK.elapsed_s()

    def sentences(self) -> list[Sounding]:
        """What has been heard so far, or has begun."""
        now = CLOCK.elapsed_s()
        return [one for one in self.speaker.heard if one.is_speech and one.begins_s <= now]

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        ends_s = CLOCK.elapsed_s() + _PATIENCE_S
        while not condition():
            assert CLOCK.elapsed_s() < ends_s, f"waited for {what} for {_PATIENCE_S:.0f} s"
            await asyncio.sleep(0.02)

    def _report(self, event: Event) -> None:
        self.note(str(event))
        if isinstance(event, StateChanged):
            self.state = event.after
            self.microphone.stir()

    def note(self, what: str) -> None:
        self.log.append(f"{CLOCK.elapsed_s():8.2f} s  {what}")
