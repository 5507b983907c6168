"""An engine in memory: loaded when used, freed when not, moved when its device fails."""

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
    """Holds at most one engine. Belongs to one thread.

    An engine may have `warm()`, which makes its first call as quick as the next, and `close()`.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[Place], EngineT],
        places: Callable[[], Sequence[Place]],
        notify: Callable[[str], None],
    ) -> None:
        """`places`: where it may be, best first; asked when it is loaded. `notify`: told of moves,
        in a line."""
        self._name = name
        self._load = load
        self._where = places
        self._places: Sequence[Place] = ()
        self._notify = notify
        self._at = 0
        self._engine: EngineT | None = None
        self.loading_since_s: float | None = None
        """On the monotonic clock, while it is being loaded. Other threads may look."""

    def get(self) -> EngineT:
        """The engine, loaded and warm.

        Raises:
            MarvinError: It cannot be loaded.
        """
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
        """`function(engine)`, again at the next place when the device fails."""
        while True:
            engine = self.get()
            try:
                return function(engine)
            except DeviceFailedError as error:
                del engine
                self._move(error)

    def stream(self, function: Callable[[EngineT], Iterator[ResultT]]) -> Iterator[ResultT]:
        """Items of `function(engine)`, again at the next place when the device fails at once.

        After the first item it is too late for this call: half of it is out already.
        """
        begun = False
        while True:
            engine = self.get()
            try:
                for item in function(engine):
                    begun = True
                    yield item
                return
            except DeviceFailedError as error:
                del engine
                self._move(error)
                if begun:
                    raise

    def release(self) -> None:
        """Free the engine's memory. The next use loads it again, at the best place first."""
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
            # The numbers that it was made of are as large again.
            give_back()
        return engine

    def _move(self, error: DeviceFailedError) -> None:
        """Go on at the next place. Raises the error where there is none."""
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
                # What is dropped is no longer needed: its bug must not end its thread.
                _LOGGER.exception("%s cannot be closed", self._name)
        del engine, close
        give_back()
