"""Sound of a spectrogram that is still growing, in windows that join without a seam."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

CONTEXT = 36
"""Frames on either side that a frame's sound depends on: 10 by SpeechT5's postnet, 25 by HiFi-GAN.
With as many computed and thrown away, a window's sound is that of the whole."""

FIRST = 32
"""Frames of the first window: half a second."""

_GROWTH = 1.5
"""Each next window is so many times as long: the longer, the less is thrown away."""


def growing(
    spectrogram: Iterable[Any], sound: Callable[[Any], Any], first: int | None
) -> Iterator[Any]:
    """Waveforms that together are `sound` of the whole spectrogram.

    Args:
        spectrogram: Frames as they are made, each shape (frames, mels).
        sound: Waveform of a spectrogram; the same number of samples for each frame.
        first: Frames of the first window; None: one window for all.
    """
    import torch

    made: Any = None
    at, size = 0, first
    for frames in spectrogram:
        made = frames if made is None else torch.cat([made, frames])
        if size is not None and len(made) - at >= size + CONTEXT:
            yield _window(made, at, at + size, sound)
            at += size
            size = int(size * _GROWTH)
    if made is not None:
        yield _window(made, at, len(made), sound)


def _window(made: Any, start: int, end: int, sound: Callable[[Any], Any]) -> Any:
    before = min(start, CONTEXT)
    window = made[start - before : end + CONTEXT]
    waveform = sound(window)
    hop = len(waveform) // len(window)
    return waveform[before * hop : (before + end - start) * hop]
