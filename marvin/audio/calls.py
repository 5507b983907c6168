"""Calls into PortAudio: one after the other, and left behind where they never return."""

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
"""So much of what the sound system says in one call is logged, in bytes."""


class SoundHangsError(AudioDeviceError):
    """A call into the sound system does not return."""


class SoundCalls:
    """Runs calls in threads of their own, one at a time.

    Into a sound server that no longer answers, any of PortAudio's functions may never return; the
    event loop, and the end of the process, must not wait for them.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._began: float | None = None
        self._thread: threading.Thread | None = None
        self._stderr = -1
        """Where messages went before the call; it may have sent them to nowhere."""
        self._stderr_lock = threading.Lock()

    @property
    def stuck_s(self) -> float:
        """How long the call that runs now has been running, in seconds."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def run(self, work: Callable[[], ResultT], limit_s: float) -> ResultT:
        """Make a call and wait for it; blocks.

        Raises:
            SoundHangsError: It takes longer.
        """
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
        """Make a call and wait for it. A result that comes too late goes to `late`, on its thread.

        Raises:
            SoundHangsError: It takes longer.
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
            # No use in standing in line with all those who gave up.
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
            # A process without a stderr.
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
    """Without what ALSA and PortAudio write to stderr: it is logged for those who want to know all.

    It is in their errors all the same, and stands between the lines that a user reads.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:
        yield
        return
    # Linux alone has files that are nowhere; elsewhere nothing is kept.
    aside = getattr(os, "memfd_create", lambda name: os.open(os.devnull, os.O_RDWR))("stderr")
    try:
        os.dup2(aside, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.lseek(aside, 0, os.SEEK_SET)
        for line in os.read(aside, _MOST_SAID).decode(errors="replace").splitlines():
            _LOGGER.debug("the sound system says: %s", line)
        os.close(aside)


SOUND_CALLS = SoundCalls()
"""PortAudio is one for the whole process, and so is this."""
