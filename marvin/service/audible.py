"""Timers and alarms are heard even if the volume was turned down to nothing."""

from marvin.mind.memory import Memory
from marvin.protocols import AudioSink
from marvin.service.timekeeper import Ring
from marvin.types import AudioChunk

_AUDIBLE = 0.3
"""The lowest volume at which they ring."""


def audible(ring: Ring, sink: AudioSink, memory: Memory) -> Ring:
    async def ring_audibly(sound: AudioChunk, text: str, rest_s: float) -> bool:
        quiet = memory.dialogue.volume < _AUDIBLE
        if quiet:
            sink.set_volume(_AUDIBLE)
        try:
            return await ring(sound, text, rest_s)
        finally:
            if quiet:
                sink.set_volume(memory.dialogue.volume)

    return ring_audibly
