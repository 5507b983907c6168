"""A clock that stands still, and skills that keep their timers in a temporary folder."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.skill_intent import SkillIntent
from marvin.skills.skillset import Skillset, state_dir
from marvin.skills.store.store import NAME, Store
from marvin.skills.timers.steady import SteadyClock
from marvin.types import Ask, ReplyItem, Say


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 15, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def steady(self) -> SteadyClock:
        """The same clock for timers: nobody sets it."""
        return SteadyClock(lambda: self.now.timestamp(), self)

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


class Marvin:
    """Skills that can be spoken to."""

    def __init__(self, skillset: Skillset, dialogue: Dialogue) -> None:
        self.skillset = skillset
        self.dialogue = dialogue

    def understands(self, text: str, *alternatives: str) -> SkillIntent | None:
        return self.skillset.match(text, alternatives, self.dialogue, CancelToken())

    def hears(self, text: str, *alternatives: str) -> list[ReplyItem] | None:
        understood = self.understands(text, *alternatives)
        answer = None if understood is None else understood.run(CancelToken())
        if answer is None:
            self.dialogue.move_on()
        return answer

    def says(self, text: str) -> str | None:
        """The text of the reply, spoken as the assistant would."""
        answer = self.hears(text)
        if answer is None:
            return None
        words = " ".join(item.text for item in answer if isinstance(item, Say | Ask))
        if words:
            self.dialogue.last_reply = words
        return words


Load = Callable[..., Marvin]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def load(tmp_path: Path, clock: Clock) -> Iterator[Load]:
    """Load skills with keys of `[skills]`; `wake_phrase` and `volume` are not keys. Timers are
    shared with the skills loaded before.
    """
    opened: list[Agenda] = []

    def load(*, volume: float = 0.5, wake_phrase: str = "marvin", **keys: Any) -> Marvin:
        config = SkillsConfig.model_validate({"state_dir": tmp_path / "state"} | keys)
        for agenda in opened:
            agenda.close()
        store = Store.load(state_dir(config) / NAME)
        opened.append(Agenda(store, clock.steady(), WallClock(clock, UTC)))
        return Marvin(
            Skillset.load(config, opened[-1], clock=clock, wake_phrase=wake_phrase),
            Dialogue(volume, lambda: clock.now.timestamp()),
        )

    yield load
    for agenda in opened:
        agenda.close()


@pytest.fixture
def marvin(load: Load) -> Marvin:
    return load()
