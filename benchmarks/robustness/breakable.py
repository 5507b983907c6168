"""Marvin's own engines, each with a place where it breaks when it is told to.

    BREAK_FOLDER=DIR python -m benchmarks.robustness.breakable run --json

is `marvin run` with them: a file in DIR whose name is a fault's makes it happen; the process takes
the file away when it has. Each chunk that is heard touches DIR/heard. SIGUSR1 freezes the loop.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from pathlib import Path

import marvin.engines.registry
import marvin.skills.timers.steady
from marvin.cancellation import CancelToken
from marvin.config.stt import SphinxConfig
from marvin.config.tts import EspeakConfig
from marvin.config.vad import WebrtcVadConfig
from marvin.errors import SkillError
from marvin.skills.skillset import Skillset
from marvin.stt.sphinx.sphinx import SphinxTranscriber
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import AudioChunk, Reply, Transcript, Utterance
from marvin.vad.webrtc import WebrtcVoiceActivityDetector

HANG_S = 600.0
"""What hangs does so for so long, in seconds, unless `release` is called."""


class Fault(Enum):
    """What can break in an engine."""

    RECOGNISER_HANGS = "recogniser hangs"
    RECOGNISER_BROKEN = "recogniser hangs again and again"
    """For as long as the file is there."""
    RECOGNISER_RAISES = "recogniser raises"
    SKILL_FAILS = "skill fails"
    SKILL_RAISES = "skill raises"
    VOICE_KILLED_BEFORE = "voice killed before the reply"
    VOICE_KILLED_WITHIN = "voice killed within the reply"
    VOICE_STOPPED = "voice stopped"
    EAR_RAISES = "ear raises once"
    EAR_HANGS = "ear hangs once"
    EAR_FROZEN = "ear frozen"
    """It, and what follows, for as long as the file is there."""
    AUDIO_FROZEN = "audio thread frozen"
    CLOCK_JUMPED = "clock jumped"
    KILLED_WRITING = "killed in a timer write"


class BrokenError(Exception):
    """No error of Marvin's: a bug in an engine."""


_told: set[Fault] = set()
_let_go = threading.Event()
_folder = Path(os.environ["BREAK_FOLDER"]) if "BREAK_FOLDER" in os.environ else None


def tell(fault: Fault) -> None:
    """Have it happen at the next occasion, once, in this process."""
    _told.add(fault)


def forget(fault: Fault) -> bool:
    """It shall not happen any more; whether it still could have."""
    was_told = fault in _told
    _told.discard(fault)
    return was_told


def release() -> None:
    """Let everything that hangs go on."""
    _let_go.set()


def install() -> None:
    """From now on every line is made of these engines."""
    here = "benchmarks.robustness.breakable"
    WebrtcVadConfig.class_path = f"{here}:BreakableEar"
    SphinxConfig.class_path = f"{here}:BreakableTranscriber"
    EspeakConfig.class_path = f"{here}:BreakableVoice"
    marvin.engines.registry.Skillset = BreakableSkillset  # type: ignore[attr-defined]


def _strikes(fault: Fault) -> bool:
    """Whether it happens now; once."""
    if fault in _told:
        _told.discard(fault)
        return True
    if _folder is None or not (path := _folder / fault.value).exists():
        return False
    path.unlink()
    return True


def _hang(while_: Callable[[], bool] = lambda: True) -> None:
    """As a call into a library that does not come back: it does not look at its token."""
    if while_():
        _let_go.clear()
    ends = time.monotonic() + HANG_S
    while while_() and time.monotonic() < ends and not _let_go.wait(0.05):
        pass


def _lasts(fault: Fault) -> bool:
    """Whether its file is there."""
    return _folder is not None and (_folder / fault.value).exists()


class BreakableEar(WebrtcVoiceActivityDetector):
    """Runs on every chunk that is not quite silent."""

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
    """The embedded recogniser."""

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        if _strikes(Fault.RECOGNISER_RAISES):
            raise BrokenError("the recogniser was told to")
        if _strikes(Fault.RECOGNISER_HANGS):
            _hang()
        _hang(lambda: _lasts(Fault.RECOGNISER_BROKEN))
        return super().transcribe(utterance, token)


class BreakableSkillset(Skillset):
    """The built-in skills."""

    def answer(self, text: str, token: CancelToken) -> Reply | None:
        if _strikes(Fault.SKILL_FAILS):
            raise SkillError("That program was told to fail.")
        if _strikes(Fault.SKILL_RAISES):
            raise BrokenError("the skill was told to")
        return super().answer(text, token)


class BreakableVoice(EspeakSynthesizer):
    """A voice whose real process is killed or stopped."""

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
    """The wall clock of the timers, an hour ahead while it is told to."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "JumpingClock":
        ahead = timedelta(hours=1) if _lasts(Fault.CLOCK_JUMPED) else timedelta()
        return super().now(tz) + ahead


def install_in_process() -> None:
    """What else breaks in a process of its own: its threads, its clock, its life."""
    import sounddevice

    signal.signal(signal.SIGUSR1, lambda number, frame: time.sleep(HANG_S))
    marvin.skills.timers.steady.datetime = JumpingClock  # type: ignore[attr-defined]
    real_stream, real_fsync = sounddevice.InputStream, os.fsync

    def stream(*, callback: Callable[..., None], **options: object) -> object:
        def breakable(*block: object) -> None:
            _hang(lambda: _lasts(Fault.AUDIO_FROZEN))
            callback(*block)

        return real_stream(callback=breakable, **options)

    def fsync(file: int) -> None:
        if _strikes(Fault.KILLED_WRITING):
            os.kill(os.getpid(), signal.SIGKILL)
        real_fsync(file)

    sounddevice.InputStream = stream
    os.fsync = fsync  # type: ignore[assignment]


if __name__ == "__main__":
    # The module that engines are loaded from, not this copy of it that has another name.
    from benchmarks.robustness import breakable
    from marvin.cli.main import main

    breakable.install()
    breakable.install_in_process()
    sys.exit(main(sys.argv[1:]))
