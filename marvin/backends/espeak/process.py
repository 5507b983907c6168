"""Controls the espeak-ng process: starts it, sends requests, cancels and restarts it.

A process that hangs can be killed, unlike a thread (`boundary/hanging.py`).
"""

import difflib
import logging
import queue
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from marvin.backends.child_process import await_status, end, spawn
from marvin.backends.espeak import frames
from marvin.boundary.terminal import one_line
from marvin.cancellation import CancelToken
from marvin.errors import ModelLoadError, StageError

_LOGGER = logging.getLogger(__name__)

_SERVER = Path(__file__).with_name("child.py")
_ANSWER_S = 10.0
"""A process that sends nothing for this long counts as dead."""
_HUSH_S = 0.2
"""Time to react to a cancel. Restarting the process takes no longer."""
_POLL_S = 0.01
"""Interval at which the cancel token is checked while nothing arrives."""
_BACKLOG_FRAMES = 50
"""Frames of 40 ms buffered for the reader: after 2 s, the process blocks."""

_Frame = tuple[bytes, bytes] | None


class EspeakDiedError(StageError):
    """The process died, or hung and was killed, during a request."""


class EspeakProcess:
    """A running espeak-ng. Used by one thread at a time; restarted by the next request."""

    def __init__(self, words_per_minute: int = 165, pitch: int = 50, volume: int = 100) -> None:
        self._parameters = (words_per_minute, pitch, volume)
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: queue.Queue[_Frame] = queue.Queue()
        self._speech: object | None = None
        """Identifies the current `speak` call."""
        self.rate_hz = 0
        """Sample rate in Hz; 0 until the process has started."""
        self.starts = 0
        """Number of times the process was started."""

    @property
    def pid(self) -> int | None:
        """Process id, or None if it is not running."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process unless it is running.

        Raises:
            ModelLoadError: The library is missing or broken.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        library, data = _wheel()
        arguments = [library, data, *map(str, self._parameters)]
        self._process = spawn(_SERVER, *arguments)
        self.starts += 1
        self._frames = queue.Queue(_BACKLOG_FRAMES)
        threading.Thread(
            target=_read, args=(self._process, self._frames), name="espeak-read", daemon=True
        ).start()
        try:
            kind, payload = self._next()
        except EspeakDiedError as error:
            raise ModelLoadError(f"espeak-ng does not start: {error}") from error
        if kind != frames.READY:
            self.close()
            raise ModelLoadError(
                f"espeak-ng does not start: {payload.decode()}; reinstall it with "
                "`pip install --force-reinstall espeakng-loader`"
            )
        self.rate_hz = int(payload)

    def speak(self, text: str, voice: str, token: CancelToken) -> Iterator[bytes]:
        """Yield 16-bit samples at `rate_hz` as they are synthesised.

        Raises:
            EspeakDiedError: The process died.
            ModelLoadError: There is no such voice.
            Cancelled: The token was cancelled.
        """
        token.check()
        self._request(frames.SPEAK, f"{one_line(voice)}\0{one_line(text)}")
        self._speech = mark = object()
        try:
            while (frame := self._next(token))[0] == frames.AUDIO:
                yield frame[1]
                token.check()
            self._speech = None
            self._expect(frames.END, frame, voice)
        finally:
            # Unless this is the late clean-up of a generator, and another call is speaking.
            if self._speech is mark:
                self._hush()

    def phonemes(self, word: str, voice: str = "en-us") -> str:
        """Pronunciation of a word or text in IPA.

        Raises:
            EspeakDiedError: The process died twice.
            ModelLoadError: There is no such voice.
        """
        return self._result(frames.PHONEMES, f"{one_line(voice)}\0{one_line(word)}", voice)

    def voices(self) -> tuple[str, ...]:
        """Language codes and names, then variants with their plus sign: `de`, `+f3`."""
        return tuple(self._result(frames.VOICES, "", "").splitlines())

    def check_voice(self, voice: str) -> None:
        """Raise ModelLoadError unless the voice exists."""
        self.phonemes("", voice)

    def close(self) -> None:
        """Kill the process."""
        process, self._process = self._process, None
        self._speech = None
        if process is None:
            return
        process.kill()
        # The reader thread may be blocked on the full queue: drain it up to the end mark.
        while self._frames.get() is not None:
            pass
        end(process)

    def _result(self, kind: bytes, payload: str, voice: str) -> str:
        try:
            self._request(kind, payload)
            frame = self._next()
        except EspeakDiedError as error:
            _LOGGER.warning("%s; restarting it", error)
            self._request(kind, payload)
            frame = self._next()
        return self._expect(frames.RESULT, frame, voice)

    def _request(self, kind: bytes, payload: str) -> None:
        self._hush()
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            frames.write_frame(self._process.stdin, kind, payload.encode("utf-8", "replace"))
        except OSError:
            self._died()

    def _next(
        self, token: CancelToken | None = None, limit_s: float = _ANSWER_S
    ) -> tuple[bytes, bytes]:
        waited_s = 0.0
        while True:
            try:
                frame = self._frames.get(timeout=_POLL_S)
            except queue.Empty:
                waited_s += _POLL_S
                if waited_s >= limit_s:
                    self._died(f"espeak-ng said nothing for {limit_s:g} s")
                if token is not None:
                    token.check()
                continue
            if frame is None:
                # Put back for `close`, which reads up to this mark.
                self._frames.put(None)
                self._died()
            return frame

    def _died(self, what: str = "") -> NoReturn:
        process = self._process
        if not what:
            await_status(process)
        self.close()
        status = "unknown" if process is None else process.returncode
        raise EspeakDiedError(what or f"the espeak-ng process died (status {status})")

    def _hush(self) -> None:
        """Cancel a text whose reader has stopped."""
        if self._speech is None:
            return
        self._speech = None
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            frames.write_frame(self._process.stdin, frames.CANCEL)
            while self._next(limit_s=_HUSH_S)[0] == frames.AUDIO:
                pass
        except (OSError, EspeakDiedError) as error:
            _LOGGER.debug("the espeak-ng process died while cancelled: %s", error)

    def _expect(self, kind: bytes, frame: tuple[bytes, bytes], voice: str) -> str:
        text = frame[1].decode()
        if frame[0] == frames.UNKNOWN:
            raise ModelLoadError(_no_such_voice(voice, text.splitlines()))
        if frame[0] != kind:
            self.close()
            raise EspeakDiedError(text or f"espeak-ng answered {frame[0]!r}")
        return text


def _read(process: "subprocess.Popen[bytes]", to: "queue.Queue[_Frame]") -> None:
    assert process.stdout is not None
    while (frame := frames.read_frame(process.stdout)) is not None:
        to.put(frame)
    to.put(None)


def _wheel() -> tuple[str, str]:
    try:
        # Only provides the paths of its files; loads nothing.
        import espeakng_loader  # noqa: PLC0415

        return espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    except (ImportError, RuntimeError) as error:
        raise ModelLoadError(
            f"espeak-ng is not installed ({error}): `pip install espeakng-loader`"
        ) from error


def _no_such_voice(voice: str, names: list[str]) -> str:
    voices = [name for name in names if not name.startswith("+") and name != voice.lower()]
    variants = [name for name in names if name.startswith("+")]
    language, plus, variant = voice.lower().partition("+")
    close = difflib.get_close_matches(language, voices, 4, 0.5)
    if plus and language in voices:
        lower = {name.lower(): name for name in variants}
        found = difflib.get_close_matches(f"+{variant}", lower, 4, 0.5)
        close = [f"{language}{lower[name]}" for name in found]
    hint = f"; did you mean {', '.join(close)}?" if close else ""
    return (
        f"espeak-ng has no voice {voice!r}{hint} (it has {len(voices)} languages and voices, "
        f"such as en-gb, en-us, de, fr, each with {len(variants)} variants, such as +f3)"
    )
