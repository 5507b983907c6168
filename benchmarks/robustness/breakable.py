"""Marvin's engines with injectable faults.

    BREAK_FOLDER=DIR python -m benchmarks.robustness.breakable run --json

is `marvin run` with them. A file in DIR named after a fault triggers it, and the process then
removes the file. Each heard chunk touches DIR/heard. SIGUSR1 freezes the event loop.
"""

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from pathlib import Path
from typing import Any

import marvin.engines.registry
import marvin.skills.timers.steady
from marvin.cancellation import CancelToken
from marvin.config.stt import SphinxConfig
from marvin.config.tts import EspeakConfig
from marvin.config.vad import WebrtcVadConfig
from marvin.dialogue import Dialogue
from marvin.errors import SkillError
from marvin.skills.skill_intent import SkillIntent
from marvin.skills.skillset import Skillset
from marvin.stt.sphinx.sphinx import SphinxTranscriber
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import AudioChunk, ReplyItem, Transcript, Utterance
from marvin.vad.webrtc import WebrtcVoiceActivityDetector

HANG_S = 600.0
"""Length of a hang in seconds, unless `release` is called."""


class Fault(Enum):
    """An injectable fault."""

    RECOGNISER_HANGS = "recogniser hangs"
    RECOGNISER_BROKEN = "recogniser hangs again and again"
    """Lasts while the file exists."""
    RECOGNISER_RAISES = "recogniser raises"
    SKILL_FAILS = "skill fails"
    SKILL_RAISES = "skill raises"
    VOICE_KILLED_BEFORE = "voice killed before the reply"
    VOICE_KILLED_WITHIN = "voice killed within the reply"
    VOICE_STOPPED = "voice stopped"
    EAR_RAISES = "ear raises once"
    EAR_HANGS = "ear hangs once"
    EAR_FROZEN = "ear frozen"
    """This and the following last while the file exists."""
    AUDIO_FROZEN = "audio thread frozen"
    CLOCK_JUMPED = "clock jumped"
    KILLED_WRITING = "killed in a timer write"


class BrokenError(Exception):
    """A simulated bug in an engine, not a MarvinError."""


_told: set[Fault] = set()
_let_go = threading.Event()
_folder = Path(os.environ["BREAK_FOLDER"]) if "BREAK_FOLDER" in os.environ else None


def tell(fault: Fault) -> None:
    """Trigger the fault once in this process."""
    _told.add(fault)


def forget(fault: Fault) -> bool:
    """Cancel the fault; returns whether it was still pending."""
    was_told = fault in _told
    _told.discard(fault)
    return was_told


def release() -> None:
    """End all hangs."""
    _let_go.set()


def install() -> None:
    """Register these engines."""
    here = "benchmarks.robustness.breakable"
    WebrtcVadConfig.class_path = f"{here}:BreakableEar"
    SphinxConfig.class_path = f"{here}:BreakableTranscriber"
    EspeakConfig.class_path = f"{here}:BreakableVoice"
    marvin.engines.registry.Skillset = BreakableSkillset  # type: ignore[attr-defined]


def _strikes(fault: Fault) -> bool:
    """Whether the fault is triggered, which consumes it."""
    if fault in _told:
        _told.discard(fault)
        return True
    if _folder is None or not (path := _folder / fault.value).exists():
        return False
    path.unlink()
    return True


def _hang(while_: Callable[[], bool] = lambda: True) -> None:
    """Hang like a library call that ignores its token."""
    if while_():
        _let_go.clear()
    ends = time.monotonic() + HANG_S
    while while_() and time.monotonic() < ends and not _let_go.wait(0.05):
        pass


def _lasts(fault: Fault) -> bool:
    """Whether the fault's file exists."""
    return _folder is not None and (_folder / fault.value).exists()


class BreakableEar(WebrtcVoiceActivityDetector):
    """Breaks on chunks that are not silent."""

    def speech_probability(self, chunk: AudioChunk) -> float:
        if _strikes(Fault.EAR_RAISES):
            raise BrokenError("the ear was told to")
        if _strikes(Fault.EAR_HANGS):
            _hang()
        _hang(lambda: _lasts(Fault.EAR_FROZEN))
        if _folder is not None:
            (_folder / "heard").touch()
        return super().speech_probability(chunk)


class BreakableTranscriber(SphinxTranscriber):
    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        if _strikes(Fault.RECOGNISER_RAISES):
            raise BrokenError("the recogniser was told to")
        if _strikes(Fault.RECOGNISER_HANGS):
            _hang()
        _hang(lambda: _lasts(Fault.RECOGNISER_BROKEN))
        return super().transcribe(utterance, token)


class BreakableIntent(SkillIntent):
    def run(self, token: CancelToken) -> list[ReplyItem] | None:
        if _strikes(Fault.SKILL_FAILS):
            raise SkillError("That program was told to fail.")
        if _strikes(Fault.SKILL_RAISES):
            raise BrokenError("the skill was told to")
        return super().run(token)


class BreakableSkillset(Skillset):
    def match(
        self, text: str, alternatives: Sequence[str], dialogue: Dialogue, token: CancelToken
    ) -> SkillIntent | None:
        found = super().match(text, alternatives, dialogue, token)
        if found is None:
            return None
        return BreakableIntent(found._found, found._dialogue, found._readings)


class BreakableVoice(EspeakSynthesizer):
    """Kills or stops its real process."""

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        if _strikes(Fault.VOICE_KILLED_BEFORE):
            self._signal(signal.SIGKILL)
        if _strikes(Fault.VOICE_STOPPED):
            self._signal(signal.SIGSTOP)
        for chunk in super().synthesize(sentence, token):
            yield chunk
            if _strikes(Fault.VOICE_KILLED_WITHIN):
                self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if (pid := self._process.pid) is not None:
            os.kill(pid, number)


class JumpingClock(datetime):
    """The timers' wall clock, an hour ahead on demand."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "JumpingClock":
        ahead = timedelta(hours=1) if _lasts(Fault.CLOCK_JUMPED) else timedelta()
        return super().now(tz) + ahead


def install_in_process() -> None:
    """Install faults of threads, clock and process, for a separate process."""
    import sounddevice

    signal.signal(signal.SIGUSR1, lambda number, frame: time.sleep(HANG_S))
    marvin.skills.timers.steady.datetime = JumpingClock  # type: ignore[attr-defined]
    real_stream, real_connect = sounddevice.InputStream, sqlite3.connect

    def stream(*, callback: Callable[..., None], **options: object) -> object:
        def breakable(*block: object) -> None:
            _hang(lambda: _lasts(Fault.AUDIO_FROZEN))
            callback(*block)

        return real_stream(callback=breakable, **options)

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = real_connect(*arguments, **options)
        if _strikes(Fault.KILLED_WRITING):
            # In the middle of the transaction.
            connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), 50)
        return connection

    sounddevice.InputStream = stream
    sqlite3.connect = connect  # type: ignore[assignment]


if __name__ == "__main__":
    # Use the imported module, not this copy named `__main__`.
    from benchmarks.robustness import breakable
    from marvin.cli.main import main

    breakable.install()
    breakable.install_in_process()
    sys.exit(main(sys.argv[1:]))
