"""Converts model output to samples, and model failures to user-facing errors."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.backends.pretrained.failures import device_failures
from marvin.errors import SynthesisError
from marvin.types import AudioChunk

if TYPE_CHECKING:
    from marvin.types import Samples

_NAN = re.compile(r"\bnan\b")


@contextlib.contextmanager
def computing(model: str) -> Iterator[None]:
    """Translates errors of a voice's computation.

    Raises:
        DeviceFailedError: The device is out of memory or has failed.
        SynthesisError: The model failed in another way.
    """
    try:
        with device_failures(f"tts.model = {model!r}"):
            yield
    except (RuntimeError, ValueError, IndexError) as error:
        line = str(error).strip().partition("\n")[0]
        if _NAN.search(
            line
        ):  # From torch.multinomial for probabilities, or from VITS for its splines.
            raise not_a_number(model) from error
        raise SynthesisError(f"tts.model = {model!r} failed: {line}") from error


def samples_of(waveform: Any, model: str) -> Samples:
    """Flatten a tensor to samples and clip them to full scale.

    Raises:
        SynthesisError: The tensor contains NaN, which would be heard as a bang.
    """
    samples: Samples = waveform.detach().float().cpu().numpy().reshape(-1)
    if not np.isfinite(samples).all():
        raise not_a_number(model)
    return samples.clip(-1.0, 1.0)


def chunks(waveforms: Iterable[Samples], rate_hz: int) -> Iterator[AudioChunk]:
    """One chunk per waveform, as one stream."""
    at = 0
    for samples in waveforms:
        yield AudioChunk(samples, rate_hz, at)
        at += len(samples)


def not_a_number(model: str) -> SynthesisError:
    return SynthesisError(
        f"tts.model = {model!r} produced NaN; "
        'tts.dtype = "float32" may help, otherwise its files are broken'
    )
