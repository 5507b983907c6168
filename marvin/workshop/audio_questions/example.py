"""A recording, a question about it, and the answers that count as right."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marvin.audio.reader import open_audio, open_recording, read_blocks
from marvin.audio.resample import Resampler
from marvin.errors import AudioFileError, MarvinError
from marvin.types import RATE_HZ, Samples

if TYPE_CHECKING:
    import soundfile

LONGEST_S = 3600
"""Longer recordings are not even read. What a model takes is less."""


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    """Where it is from, for messages."""
    recording: Path | bytes
    question: str
    answers: tuple[str, ...]
    """Each counts as right; the first is trained on."""
    category: str = ""

    def samples(self) -> Samples:
        """The recording at RATE_HZ, mono.

        Raises:
            AudioFileError: It cannot be read, or is too long.
        """
        with self._opened() as file:
            resampler = Resampler(file.samplerate, RATE_HZ)
            blocks = [resampler.process(block) for block in read_blocks(file)]
        return np.concatenate([*blocks, resampler.finish()])

    def check(self) -> None:
        """Raises AudioFileError as `samples` does, from the file's header alone."""
        self._opened().close()

    def _opened(self) -> "soundfile.SoundFile":
        if isinstance(self.recording, Path):
            label, file = self.recording, open_audio(self.recording)
        else:
            label = Path(self.name)
            file = open_recording(io.BytesIO(self.recording), label)
        if file.frames > LONGEST_S * file.samplerate:
            file.close()
            raise AudioFileError(f"{label}: longer than {LONGEST_S // 60} min: cut it")
        return file


class BadExamples:
    """Stops at the first unusable example, or names each and skips it."""

    def __init__(self, *, skip: bool, tell: Callable[[str], None]) -> None:
        self._skip, self._tell = skip, tell
        self._met: dict[str, None] = {}

    @property
    def skipped(self) -> tuple[str, ...]:
        return tuple(self._met)

    def meet(self, error: MarvinError) -> None:
        """Raises the error again unless bad examples are to be skipped."""
        text = str(error)
        if not self._skip:
            raise type(error)(f"{text}. Or leave out such examples with --skip-bad") from error
        # An example comes up again in every pass.
        if text not in self._met:
            self._met[text] = None
            self._tell(f"skipped: {text}")
