"""Records a calibration: first wake words, then the room, from a microphone or files."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from marvin.audio import chime
from marvin.audio.playback import Speaker
from marvin.cli.commands.calibration_view import View
from marvin.cli.commands.keys import on_key
from marvin.cli.commands.microphone import AudioOrigin, Observer, dead_advice, observer
from marvin.config.tables import AudioConfig, Config
from marvin.errors import AudioDeviceError, AudioFileError, PlaybackError
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.calibration import Calibration
from marvin.workshop.test_mic.clips import Clips
from marvin.workshop.test_mic.heard_recordings import PAUSE_S, recording
from marvin.workshop.test_mic.meter import DEAD_S, Meter
from marvin.workshop.test_mic.monitor import Monitor
from marvin.workshop.test_mic.observing import Observation
from marvin.workshop.test_mic.wake_candidates import (
    Asking,
    Listed,
    SpokenWakeWord,
    WakeCandidate,
    candidate_in,
)
from marvin.workshop.wake_eval.stream import every_candidate

_ONE_WORD_S = 4.0
"""A recording up to this long is one word."""
_SILENT_DBFS = -70.0
"""A working microphone never stays below this level."""
_GONE_S = 20.0
"""A microphone silent for this long after it worked has been muted."""
_CHIME_VOLUME = 0.5


class CalibrationSession:
    def __init__(
        self,
        config: Config,
        audio: AudioOrigin,
        calibration: Calibration,
        shown: View,
        clips: Clips | None,
    ) -> None:
        self.config = config
        self.calibration = calibration
        self.clips = clips
        self._audio = audio
        self._view = shown
        self._monitor = Monitor(config.ast())
        self._unkept: SpokenWakeWord | None = None

    @property
    def meter(self) -> Meter:
        """Levels of everything heard."""
        return self._monitor.meter

    async def run(self, words: int, room_s: float) -> None:
        """Record until there are `words` words and `room_s` of the room, or the user stops."""
        wake = every_candidate(self.config.ast())
        async with observer(self.config.model_copy(update={"wake": wake})) as ear:
            try:
                if self._audio.files:
                    await self._from_files(ear)
                else:
                    async with aclosing(ear.observe(self._audio.source.chunks())) as seen:
                        await self._ask(seen, words)
                        await self._hear_room(seen, room_s)
                self.calibration.complete = True
            finally:
                self._view.end()
                if self.clips is not None:
                    self.clips.finish()

    def _take(self, observation: Observation) -> WakeCandidate | None:
        self._monitor.process(observation)
        if self.clips is not None:
            self.clips.process(observation.heard.chunk)
        if not self._audio.files:
            self._refuse_dead()
        return candidate_in(observation)

    def _refuse_dead(self) -> None:
        # A microphone with a noise gate is silent between words.
        meter = self.meter
        if meter.silent_s >= (DEAD_S if meter.loudest_dbfs < _SILENT_DBFS else _GONE_S):
            raise AudioDeviceError(dead_advice(zeros=meter.zeros))

    # From the microphone

    async def _ask(self, seen: AsyncIterator[Observation], words: int) -> None:
        asking = Asking(self.config.turn)
        calibration = self.calibration
        with on_key(self._take_back) as keys:
            async with _Chime(self.config.audio) as bell:
                async for observation in seen:
                    candidate = self._take(observation)
                    now = observation.heard.chunk.end
                    if asking.ready(now):
                        self._keep()
                        if len(calibration.words) >= words:
                            return
                        asking.ask(now)
                        self._view.ask(len(calibration.words) + 1, words)
                        bell.ring()
                    word = asking.process(observation, candidate)
                    if word is not None:
                        calibration.words.append(word)
                        self._unkept = word
                        self._view.word(len(calibration.words), word, can_take_back=keys)
                    self._view.waiting(observation, self._monitor)

    def _take_back(self) -> None:
        # Only in the pause after a word: once the next is awaited, the last is already stored.
        if self._unkept is not None and self.calibration.take_back():
            self._unkept = None
            self._view.taken_back()

    def _keep(self) -> None:
        word, self._unkept = self._unkept, None
        if self.clips is not None and word is not None and word.end > word.start:
            self.clips.keep("wake", word.score, word.start, word.end)

    async def _hear_room(self, seen: AsyncIterator[Observation], room_s: float) -> None:
        self._begin_room(room_s)
        async for observation in seen:
            self._hear(observation, room_s)
            if self.calibration.room_s >= room_s:
                return

    def _begin_room(self, room_s: float | None) -> None:
        self._view.begin_room(room_s)
        if self.clips is not None:
            self.clips.begin_room()

    def _hear(self, observation: Observation, room_s: float | None) -> None:
        candidate = self._take(observation)
        heard = observation.heard
        self.calibration.hear_room(candidate, heard.chunk.duration_s, heard.probability)
        self._view.room(observation, self._monitor, self.calibration, room_s)

    # From files, of which the last is the room

    async def _from_files(self, ear: Observer) -> None:
        *spoken, room = self._audio.files
        position = 0
        for file in spoken:
            position = await self._words_of(ear, file, position)
        if not self.calibration.words:
            raise AudioFileError(
                f"no wake word found in {', '.join(map(str, spoken))}: a recording up to "
                f"{_ONE_WORD_S:g} s long counts as one word, a longer one as one word per burst of "
                "speech that is as short as a word"
            )
        loudest = Meter()
        self._begin_room(None)
        async with aclosing(ear.observe(recording(room, position, pause=False))) as seen:
            async for observation in seen:
                loudest.process(observation.heard.chunk)
                self._hear(observation, None)
        _refuse_silence(room, loudest)

    async def _words_of(self, ear: Observer, file: Path, start: int) -> int:
        """Add the words of a file; returns its end, in samples of the stream."""
        listed = Listed(self.config.turn)
        found: list[SpokenWakeWord] = []
        best, end, loudest = 0.0, start, Meter()
        async with aclosing(ear.observe(recording(file, start))) as seen:
            async for observation in seen:
                candidate = self._take(observation)
                loudest.process(observation.heard.chunk)
                best = max(best, candidate.score if candidate else 0.0)
                end = observation.heard.chunk.end
                if (word := listed.process(observation, candidate)) is not None:
                    found.append(word)
                if _is_long(start, end):
                    # While reading: at the end of the file, the clips have dropped the first words.
                    self._add(found)
                    found.clear()
        _refuse_silence(file, loudest)
        if _is_long(start, end):
            self._add(listed.finish())
            self.calibration.too_long += listed.too_long
        else:
            self._add([SpokenWakeWord(best, start, end - round(PAUSE_S * RATE_HZ))])
        return end

    def _add(self, words: list[SpokenWakeWord]) -> None:
        for word in words:
            self.calibration.words.append(word)
            self._view.word(len(self.calibration.words), word, can_take_back=False)
            if self.clips is not None:
                self.clips.keep("wake", word.score, word.start, word.end)


def _is_long(start: int, end: int) -> bool:
    """Whether a recording including its pause is longer than one word."""
    return end - start > (_ONE_WORD_S + PAUSE_S) * RATE_HZ


def _refuse_silence(file: Path, meter: Meter) -> None:
    if meter.loudest_dbfs < _SILENT_DBFS:
        raise AudioFileError(f"{file}: only silence; was the microphone muted?")


class _Chime:
    """Plays a chime through the speaker, if there is one."""

    def __init__(self, config: AudioConfig) -> None:
        self._speaker = Speaker(config.output, config.volume * _CHIME_VOLUME, config.latency_s)
        self._works = False
        self._ringing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "_Chime":
        with contextlib.suppress(AudioDeviceError):
            self._speaker.open()
            self._works = True
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._ringing is not None:
            self._ringing.cancel()
        self._speaker.close()

    def ring(self) -> None:
        """Start the chime and return at once."""
        if self._works:
            self._ringing = asyncio.create_task(self._ring())

    async def _ring(self) -> None:
        try:
            await self._speaker.play(chime.wake())
            await self._speaker.drained()
        except (AudioDeviceError, PlaybackError):
            self._works = False
