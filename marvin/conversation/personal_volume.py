"""Plays the reply to somebody who is known at their own volume."""

from collections.abc import Iterator
from contextlib import contextmanager

from marvin.dialogue import Dialogue
from marvin.protocols import AudioSink
from marvin.types import Person


class PersonalVolume:
    """Remembers what people have changed by voice, until Marvin ends or reloads."""

    def __init__(self, sink: AudioSink, dialogue: Dialogue) -> None:
        self._sink = sink
        self._dialogue = dialogue
        self._changed: dict[Person, float] = {}

    @contextmanager
    def of(self, person: Person | None) -> Iterator[None]:
        """Within the block the volume, and what changes it, is the person's, if they have one."""
        if person is None or person.volume is None:
            yield
            return
        shared = self._dialogue.volume
        self._set(self._changed.get(person, person.volume))
        try:
            yield
        finally:
            self._changed[person] = self._dialogue.volume
            self._set(shared)

    def _set(self, volume: float) -> None:
        self._dialogue.volume = volume
        self._sink.set_volume(volume)
