"""Chooses what removes the echo."""

import logging
from functools import partial

from marvin.audio.echo.canceller import TAIL_S, EchoCanceller
from marvin.audio.echo.speexdsp import SpeexFilter, library
from marvin.audio.soundserver import cancels_echo, default_source
from marvin.config.tables import AudioConfig

_LOGGER = logging.getLogger(__name__)


def load_canceller(audio: AudioConfig) -> EchoCanceller | None:
    """None if it is off, or there is no library, or the microphone has no echo. Blocks."""
    if audio.echo == "off":
        return None
    speexdsp = library()
    if speexdsp is None:
        _LOGGER.info("no echo cancellation: libspeexdsp1 is not installed")
        return None
    if source_cancels_echo(audio):
        return None
    return EchoCanceller(partial(SpeexFilter, speexdsp, TAIL_S))


def source_cancels_echo(audio: AudioConfig) -> bool:
    """Whether the microphone does. Blocks."""
    source = default_source() if audio.input == "default" else audio.input
    if cancels_echo(source):
        _LOGGER.info("the source %r cancels echo itself", source)
        return True
    return False
