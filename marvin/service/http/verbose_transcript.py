"""The longest format of a transcript in OpenAI's API."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from marvin.service.subtitles import TranscribedPart, whole_text
from marvin.stt.gates import compression_ratio
from marvin.types import Word

_LEAST = 1e-4
"""Confidence whose logarithm is still a number."""


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
