"""Ducking: other players are quieter while Marvin listens or speaks.

A thread of its own asks the sound server, which may hang. What was lowered is on disk before it is
lowered, so that a crash leaves no player quiet: the next start puts it back.
"""

import json
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from marvin.audio.player_streams import (
    PlayerStream,
    SoundServerError,
    player_streams,
    set_volumes,
)
from marvin.boundary.files import read_json, replace_file

_LOGGER = logging.getLogger(__name__)

_LINGER_S = 1.0
"""Players stay quiet for this long after a conversation, so that they do not rise between two
rings."""
_AGAIN_S = 5.0
"""Until the next attempt to put back what could not be."""
_KEPT_S = 600.0
"""A player whose stream has ended begins the next one as quietly, as sound servers remember
volumes by player: it is looked for this long."""
_NEAR = 300
"""Volumes that differ by less are the same one, rounded: half a percent."""
_CLOSE_S = 4.0


@dataclass(frozen=True, slots=True)
class Lowered:
    """A stream, and its volumes before and after."""

    number: int
    player: str
    before: tuple[int, ...]
    after: tuple[int, ...]

    def is_it(self, stream: PlayerStream) -> bool:
        return (self.number, self.player) == (stream.number, stream.player)

    def follows(self, stream: PlayerStream) -> bool:
        """Whether it is a later stream of the player, at the volume that this one had."""
        return self.player == stream.player and _near(stream.volumes, self.after)


class Ducking:
    """Lowers and restores. Methods may be called from any thread, and return at once."""

    def __init__(self, by: float, file: Path) -> None:
        """`by`: the share of the volume that is taken away; `file`: what is lowered now."""
        self._share = 1.0 - by
        self._file = file
        self._lowered = _read(file)
        self._lowered_at_s = time.monotonic()
        self._changed = threading.Condition()
        self._wanted = False
        self._looks = 0
        """Changes of the state so far; each may have begun another player."""
        self._closing = False
        self._failed = ""
        self._thread = threading.Thread(target=self._run, name="marvin-ducking", daemon=True)
        self._thread.start()

    def attend(self, active: bool) -> None:
        """Whether Marvin listens, thinks or speaks."""
        with self._changed:
            self._wanted = active
            self._looks += 1
            self._changed.notify()

    def close(self) -> None:
        """Restore everything and end. Blocks for a few seconds if the sound server hangs."""
        with self._changed:
            self._wanted, self._closing = False, True
            self._changed.notify()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        looks = -1
        while True:
            with self._changed:
                if not self._closing and looks == self._looks:
                    self._changed.wait(_AGAIN_S if self._lowered and not self._wanted else None)
                if not self._wanted and looks != self._looks and looks >= 0:
                    self._changed.wait_for(lambda: self._wanted or self._closing, _LINGER_S)
                looks, wanted, closing = self._looks, self._wanted, self._closing
            try:
                if wanted:
                    self._lower(player_streams())
                elif self._lowered:
                    self._restore(player_streams())
                self._failed = ""
            except (SoundServerError, OSError) as error:
                self._tell(str(error))
            if closing:
                return

    def _lower(self, streams: Sequence[PlayerStream]) -> None:
        known = [one for one in self._lowered if any(map(one.is_it, streams))]
        ended = [one for one in self._lowered if one not in known]
        new: list[Lowered] = []
        for stream in streams:
            if not stream.audible or any(one.is_it(stream) for one in known):
                continue
            earlier = next((one for one in ended if one.follows(stream)), None)
            before = stream.volumes if earlier is None else _as_before(earlier, stream)
            after = tuple(round(self._share * volume) for volume in before)
            new.append(Lowered(stream.number, stream.player, before, after))
            ended = [one for one in ended if one is not earlier]
        if new:
            self._remember([*known, *ended, *new])
            self._lowered_at_s = time.monotonic()
        for one in new:
            _set(one.number, one.after)

    def _restore(self, streams: Sequence[PlayerStream]) -> None:
        left = []
        for one in self._lowered:
            same = next(filter(one.is_it, streams), None)
            later = next(filter(one.follows, streams), None) if same is None else None
            if same is not None:
                # Else the user has changed it meanwhile.
                done = not _near(same.volumes, one.after) or _set(one.number, one.before)
            elif later is not None:
                done = _set(later.number, _as_before(one, later))
            else:
                done = time.monotonic() - self._lowered_at_s >= _KEPT_S
            if not done:
                left.append(one)
        self._remember(left)

    def _remember(self, lowered: list[Lowered]) -> None:
        """Raises OSError."""
        if lowered == self._lowered:
            return
        if lowered:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._file, json.dumps([asdict(one) for one in lowered]).encode())
        else:
            self._file.unlink(missing_ok=True)
        self._lowered = lowered

    def _tell(self, problem: str) -> None:
        if problem != self._failed:
            _LOGGER.warning("the volume of other players is not changed: %s", problem)
        self._failed = problem


def _set(number: int, volumes: Sequence[int]) -> bool:
    """Whether it works: it may have ended since it was listed."""
    try:
        set_volumes(number, volumes)
    except SoundServerError as error:
        _LOGGER.debug("the volume of stream %d: %s", number, error)
        return False
    return True


def _as_before(earlier: Lowered, stream: PlayerStream) -> tuple[int, ...]:
    """The volumes of a player's earlier stream, for a later one."""
    if len(earlier.before) == len(stream.volumes):
        return earlier.before
    return (max(earlier.before),) * len(stream.volumes)


def _near(volumes: Sequence[int], others: Sequence[int]) -> bool:
    """Whether they are the same; a single one is compared with all."""
    others = others if len(others) == len(volumes) else [others[0]] * len(volumes)
    return all(abs(a - b) < _NEAR for a, b in zip(volumes, others, strict=True))


def _read(file: Path) -> list[Lowered]:
    try:
        entries: Any = read_json(file)
        return [_lowered(**entry) for entry in entries]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        _LOGGER.warning("%s cannot be read: %s", file, error)
        return []


def _lowered(number: int, player: str, before: list[int], after: list[int]) -> Lowered:
    if not before or not after:
        raise ValueError("a stream without volumes")
    return Lowered(int(number), str(player), tuple(map(int, before)), tuple(map(int, after)))
