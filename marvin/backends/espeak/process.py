"""The espeak-ng process as Marvin sees it: started, asked, cancelled, restarted, ended.

A process that hangs is killed and its memory freed, so nothing here is left behind as threads are
(`boundary/hanging.py`).
"""

import contextlib
import difflib
import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from marvin.backends.espeak import frames
from marvin.boundary.terminal import one_line
from marvin.cancellation import CancelToken
from marvin.errors import ModelLoadError, StageError

_LOGGER = logging.getLogger(__name__)

_SERVER = Path(__file__).with_name("child.py")
_ANSWER_S = 10.0
"""A process that says nothing for so long, in seconds, is taken for dead."""
_HUSH_S = 0.2
"""Time to react to a cancel, in seconds; starting again takes no longer."""
_STATUS_S = 0.2
"""How long the exit status of a dead process may take, in seconds."""
_POLL_S = 0.01
"""Step in which a token is looked at while nothing arrives, in seconds."""
_BACKLOG_FRAMES = 50
"""Frames of 40 ms read ahead of who listens: 2 s, then the process waits."""

_Frame = tuple[bytes, bytes] | None


class EspeakDiedError(StageError):
    """The process ended, or hung and was ended, while it was asked something."""


class EspeakProcess:
    """A warm espeak-ng. Used by one thread at a time; whoever asks next starts it again."""

    def __init__(self, words_per_minute: int = 165, pitch: int = 50, volume: int = 100) -> None:
        self._parameters = (words_per_minute, pitch, volume)
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: queue.Queue[_Frame] = queue.Queue()
        self._speech: object | None = None
        """Mark of the text that is being spoken."""
        self.rate_hz = 0
        """Sample rate of the speech in Hz, known when the process runs."""
        self.starts = 0
        """Times that the process was started."""

    @property
    def pid(self) -> int | None:
        """Process id, or None when it does not run."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process unless it runs.

        Raises:
            ModelLoadError: The library is missing or broken.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        library, data = _wheel()
        arguments = [library, data, *map(str, self._parameters)]
        # Isolated and without site-packages: starts faster, and nothing can get in its way.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SERVER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
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
        """16-bit samples at `rate_hz`, as they are made.

        Raises:
            EspeakDiedError: The process did not survive the text.
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
            # Not when somebody else speaks by now and this is but a late clean-up.
            if self._speech is mark:
                self._hush()

    def phonemes(self, word: str, voice: str = "en-us") -> str:
        """How a word or a text is said, in IPA.

        Raises:
            EspeakDiedError: The process did not survive the word, twice.
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
        """End the process."""
        process, self._process = self._process, None
        self._speech = None
        if process is None:
            return
        process.kill()
        # The reader may wait for room: take what it holds until it has seen the end.
        while self._frames.get() is not None:
            pass
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                _LOGGER.debug("the espeak-ng process left a request unread")

    def _result(self, kind: bytes, payload: str, voice: str) -> str:
        try:
            self._request(kind, payload)
            frame = self._next()
        except EspeakDiedError as error:
            _LOGGER.warning("%s; starting it again", error)
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
                # For `close`, which reads up to this mark.
                self._frames.put(None)
                self._died()
            return frame

    def _died(self, what: str = "") -> NoReturn:
        process = self._process
        if process is not None and not what:
            # Its pipe is closed, its status follows at once: it tells more than that of a kill.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STATUS_S)
        self.close()
        status = "unknown" if process is None else process.returncode
        raise EspeakDiedError(what or f"the espeak-ng process died (status {status})")

    def _hush(self) -> None:
        """End a text that nobody listens to any more."""
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
            _LOGGER.debug("the espeak-ng process was cancelled and is gone: %s", error)

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
        # The package of the wheel only says where its files lie; it loads nothing.
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
