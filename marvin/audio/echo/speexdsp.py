"""SpeexDSP's echo canceller (BSD), from the system's shared library."""

import ctypes
import functools
import sys

import numpy as np
from numpy.typing import NDArray

from marvin.types import RATE_HZ

FRAME = 128
"""Samples per call; a chunk is a whole number of them. A power of two is fastest."""
_SET_SAMPLING_RATE = 24
_NAMES = {
    "linux": "libspeexdsp.so.1",
    "darwin": "libspeexdsp.1.dylib",
    "win32": "libspeexdsp-1.dll",
}

Int16 = NDArray[np.int16]


@functools.cache
def library() -> ctypes.CDLL | None:
    """The shared library; None if it is not installed."""
    try:
        found = ctypes.CDLL(_NAMES.get(sys.platform, _NAMES["linux"]))
        state, block = ctypes.c_void_p, ctypes.c_void_p
        found.speex_echo_state_init.argtypes = ctypes.c_int, ctypes.c_int
        found.speex_echo_state_init.restype = state
        found.speex_echo_state_destroy.argtypes = (state,)
        found.speex_echo_cancellation.argtypes = state, block, block, block
        found.speex_echo_ctl.argtypes = state, ctypes.c_int, ctypes.c_void_p
    except (OSError, AttributeError):
        return None
    return found


class SpeexFilter:
    """An adaptive filter that learns the way from the loudspeaker to the microphone."""

    def __init__(self, speexdsp: ctypes.CDLL, tail_s: float) -> None:
        """`tail_s`: the longest echo that it can learn, in seconds."""
        self._destroy = speexdsp.speex_echo_state_destroy
        self._cancel = speexdsp.speex_echo_cancellation
        self._state = speexdsp.speex_echo_state_init(FRAME, round(tail_s * RATE_HZ))
        if not self._state:
            raise MemoryError("libspeexdsp has no memory for an echo canceller")
        rate = ctypes.c_int(RATE_HZ)
        speexdsp.speex_echo_ctl(self._state, _SET_SAMPLING_RATE, ctypes.byref(rate))

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._destroy(self._state)

    def process(self, microphone: Int16, reference: Int16) -> Int16:
        """`microphone` without what it shares with `reference`; both a whole number of frames."""
        microphone, reference = map(np.ascontiguousarray, (microphone, reference))
        out = np.empty_like(microphone)
        for at in range(0, len(microphone), FRAME):
            byte = at * out.itemsize
            blocks = (block.ctypes.data + byte for block in (microphone, reference, out))
            self._cancel(self._state, *blocks)
        return out
