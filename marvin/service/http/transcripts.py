"""The formats of a transcript in OpenAI's API."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marvin.stt.gates import compression_ratio
from marvin.types import Transcript, Word

_LEAST = 1e-4
"""Confidence whose logarithm is still a number."""


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


def verbose(
    parts: Sequence[TranscribedPart], duration_s: float, asked: str, *, words: bool
) -> dict[str, Any]:
    """`asked`: the language, if the client has named one. An engine knows nothing of Whisper's
    tokens, and of its temperature only that it is 0."""
    found = next((part.transcript.language for part in parts if part.text), "")
    answer: dict[str, Any] = {
        "task": "transcribe",
        "language": asked or found,
        "duration": round(duration_s, 2),
        "text": whole_text(parts),
        "segments": [_segment(at, part) for at, part in enumerate(p for p in parts if p.text)],
    }
    if words:
        answer["words"] = [_word(part, word) for part in parts for word in part.transcript.words]
    return answer


def srt(parts: Sequence[TranscribedPart]) -> str:
    cues = [
        f"{at}\n{_time(part.start_s, ',')} --> {_time(part.end_s, ',')}\n{part.text}\n"
        for at, part in enumerate((part for part in parts if part.text), 1)
    ]
    return "\n".join(cues)


def vtt(parts: Sequence[TranscribedPart]) -> str:
    cues = [
        f"{_time(part.start_s, '.')} --> {_time(part.end_s, '.')}\n{_escaped(part.text)}\n"
        for part in parts
        if part.text
    ]
    return "\n".join(("WEBVTT\n", *cues))


def _segment(number: int, part: TranscribedPart) -> dict[str, Any]:
    return {
        "id": number,
        "seek": round(part.start_s * 100),
        "start": round(part.start_s, 2),
        "end": round(part.end_s, 2),
        "text": part.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(math.log(max(part.transcript.confidence, _LEAST)), 4),
        "compression_ratio": round(compression_ratio(part.text), 2),
        "no_speech_prob": 0.0,
    }


def _word(part: TranscribedPart, word: Word) -> dict[str, Any]:
    start, end = part.start_s + word.start_s, part.start_s + word.end_s
    return {"word": word.text, "start": round(start, 2), "end": round(end, 2)}


def _time(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"


def _escaped(text: str) -> str:
    """WebVTT reads tags and entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
