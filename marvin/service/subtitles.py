"""Transcripts with times: subtitles, and the words of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marvin.types import Transcript

VTT = "WEBVTT\n"
"""Its first line."""


@dataclass(frozen=True, slots=True)
class TranscribedPart:
    start_s: float
    end_s: float
    transcript: Transcript

    @property
    def text(self) -> str:
        return self.transcript.text.strip()


def whole_text(parts: Sequence[TranscribedPart]) -> str:
    return " ".join(part.text for part in parts if part.text)


def srt(parts: Sequence[TranscribedPart]) -> str:
    cues = (part for part in parts if part.text)
    return "\n".join(srt_cue(number, part) for number, part in enumerate(cues, 1))


def srt_cue(number: int, part: TranscribedPart) -> str:
    return f"{number}\n{_time(part.start_s, ',')} --> {_time(part.end_s, ',')}\n{part.text}\n"


def vtt(parts: Sequence[TranscribedPart]) -> str:
    return "\n".join((VTT, *(vtt_cue(part) for part in parts if part.text)))


def vtt_cue(part: TranscribedPart) -> str:
    return (
        f"{_time(part.start_s, '.')} --> {_time(part.end_s, '.')}\n"
        # WebVTT reads tags and entities.
        f"{part.text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}\n"
    )


def _time(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"
