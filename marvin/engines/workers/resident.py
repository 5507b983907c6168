"""An engine in memory: loaded on use, freed when idle, moved if its device fails."""

import logging
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from marvin.backends.pretrained.place import Place
from marvin.backends.pretrained.threads import use_threads
from marvin.engines.workers.freed_memory import give_back
from marvin.errors import DeviceFailedError

_LOGGER = logging.getLogger(__name__)

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")


class Resident(Generic[EngineT]):
    """Holds at most one engine. Not thread-safe.

    An engine may have `warm()`, which makes the first call as fast as later ones, `close()`, and
    `ended()`: whether a process that it needs has ended, so that it has to be loaded again.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[Place], EngineT],
        places: Callable[[], Sequence[Place]],
        notify: Callable[[str], None],
    ) -> None:
        """`places` returns the allowed places, best first, when the engine is loaded. `notify` gets
        a one-line message for each move."""
        self._name = name
        self._load = load
        self._where = places
        self._places: Sequence[Place] = ()
        self._notify = notify
        self._at = 0
        self._engine: EngineT | None = None
        self.loading_since_s: float | None = None
        """Start of the current load on the monotonic clock, or None. Other threads may read it."""

    def get(self) -> EngineT:
        """Return the engine, loading and warming it if necessary.

        Raises:
            MarvinError: It cannot be loaded.
        """
        if self._engine is not None and getattr(self._engine, "ended", _never)():
            _LOGGER.warning("%s: its process has ended; it is loaded again", self._name)
            self._drop()
        while self._engine is None:
            self.loading_since_s = time.monotonic()
            try:
                self._engine = self._loaded()
            except DeviceFailedError as error:
                self._move(error)
            finally:
                self.loading_since_s = None
        return self._engine

    def use(self, function: Callable[[EngineT], ResultT]) -> ResultT:
        """Return `function(engine)`; retried at the next place if the device fails."""
        while True:
            engine = self.get()
            try:
                return function(engine)
            except DeviceFailedError as error:
                del engine
                self._move(error)

    def stream(self, function: Callable[[EngineT], Iterator[ResultT]]) -> Iterator[ResultT]:
        """Yield from `function(engine)`; retried at the next place if the device fails.

        Not retried after the first item: the output would start over.
        """
        begun = False
        while True:
            engine = self.get()
            try:
                for item in function(engine):
                    # Empty text is only a sign that a model is at work.
                    begun = begun or item != ""
                    yield item
                return
            except DeviceFailedError as error:
                del engine
                self._move(error)
                if begun:
                    raise

    def release(self) -> None:
        """Free the engine's memory. The next use reloads it, trying the best place first."""
        if self._engine is None:
            return
        self._drop()
        self._at = 0
        _LOGGER.info("%s: unloaded", self._name)

    def _loaded(self) -> EngineT:
        self._places = self._places or self._where()
        place = self._places[self._at]
        if place.threads:
            use_threads(place.threads)
        engine = self._load(place)
        warm = getattr(engine, "warm", None)
        if warm is not None:
            warm()
        if place.dtype == "int8":
            # Free the float32 weights that it was quantised from.
            give_back()
        return engine

    def _move(self, error: DeviceFailedError) -> None:
        """Switch to the next place. Raises `error` if there is none."""
        here = self._places[self._at]
        # The failed call's frames still hold the model's tensors.
        cause: BaseException | None = error
        while cause is not None:
            traceback.clear_frames(cause.__traceback__)
            cause = cause.__cause__ or cause.__context__
        self._drop()
        if self._at + 1 == len(self._places):
            self._at = 0
            raise error
        self._at += 1
        self._notify(f"{error}; it moves from {here} to {self._places[self._at]}")

    def _drop(self) -> None:
        engine, self._engine = self._engine, None
        close = getattr(engine, "close", None)
        if close is not None:
            try:
                close()
            except Exception:
                # The engine is no longer needed: its bug must not end the thread.
                _LOGGER.exception("%s cannot be closed", self._name)
        del engine, close
        give_back()


def _never() -> bool:
    return False
