"""Runs PortAudio calls one at a time, and abandons those that never return."""

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from marvin.boundary.hanging import abandon, ended, perform
from marvin.errors import AudioDeviceError

ResultT = TypeVar("ResultT")

_LOGGER = logging.getLogger(__name__)

_STDERR = 2
_MOST_SAID = 16_384
"""Maximum stderr output logged per call, in bytes."""


class SoundHangsError(AudioDeviceError):
    """A PortAudio call does not return."""


class SoundCalls:
    """Runs each call on its own thread, one at a time.

    If the sound server hangs, any PortAudio function may block forever. Neither the event loop nor
    process exit may wait for it.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._began: float | None = None
        self._thread: threading.Thread | None = None
        self._stderr = -1
        """The original stderr, which the call may have redirected."""
        self._stderr_lock = threading.Lock()

    @property
    def stuck_s(self) -> float:
        """Running time of the current call, in seconds."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def run(self, work: Callable[[], ResultT], limit_s: float) -> ResultT:
        """Make a blocking call. Raises SoundHangsError if it takes longer than `limit_s`."""
        if threading.current_thread() is self._thread:
            return work()
        call = self._begin(work, limit_s)
        try:
            return call.result(limit_s)
        except TimeoutError as error:
            if call.done():
                raise
            abandon(call)
            raise self._hangs(limit_s) from error

    async def call(
        self,
        work: Callable[[], ResultT],
        limit_s: float,
        late: Callable[[ResultT], None] = lambda result: None,
    ) -> ResultT:
        """Make a call. A result that arrives late is passed to `late`, on the call's thread.

        Raises:
            SoundHangsError: It takes longer than `limit_s`.
        """
        call = self._begin(work, limit_s)
        try:
            in_time = await ended(call, limit_s)
        except asyncio.CancelledError:
            abandon(call, late)
            raise
        if not in_time:
            abandon(call, late)
            raise self._hangs(limit_s)
        return call.result()

    def _begin(self, work: Callable[[], ResultT], limit_s: float) -> "Future[ResultT]":
        if self.stuck_s > limit_s:
            # Do not queue behind a stuck call.
            raise self._hangs(self.stuck_s)
        call: Future[ResultT] = Future()
        threading.Thread(
            target=self._make, args=(call, work), name="marvin-sound", daemon=True
        ).start()
        return call

    def _make(self, call: "Future[Any]", work: Callable[[], Any]) -> None:
        with self._turn, self._kept_stderr():
            self._began = time.monotonic()
            self._thread = threading.current_thread()
            try:
                perform(call, work)
            finally:
                self._thread = None
                self._began = None

    @contextlib.contextmanager
    def _kept_stderr(self) -> Iterator[None]:
        try:
            self._stderr = os.dup(_STDERR)
        except OSError:
            # The process has no stderr.
            yield
            return
        try:
            yield
        finally:
            with self._stderr_lock:
                os.close(self._stderr)
                self._stderr = -1

    def _hangs(self, seconds: float) -> SoundHangsError:
        with self._stderr_lock:
            if self._stderr >= 0:
                os.dup2(self._stderr, _STDERR)
        return SoundHangsError(
            f"the sound system has not answered for {seconds:.0f} s; if it does not recover, "
            "restart it: `systemctl --user restart pipewire pipewire-pulse` or `pulseaudio -k`"
        )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Redirect the stderr output of ALSA and PortAudio to the DEBUG log.

    It clutters the user's output and repeats what the exceptions say.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:
        yield
        return
    # Only Linux has memfd_create; elsewhere the output is discarded.
    aside = getattr(os, "memfd_create", lambda name: os.open(os.devnull, os.O_RDWR))("stderr")
    try:
        os.dup2(aside, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.lseek(aside, 0, os.SEEK_SET)
        for line in os.read(aside, _MOST_SAID).decode(errors="replace").splitlines():
            _LOGGER.debug("sound system: %s", line)
        os.close(aside)


SOUND_CALLS = SoundCalls()
"""The only instance, as PortAudio's state is process-wide."""
