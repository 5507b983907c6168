"""Echo cancellers to compare, as filters that Marvin aligns the reference for."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from marvin.audio.echo.canceller import TAIL_S, EchoFilter, Int16
from marvin.audio.echo.speexdsp import FRAME, SpeexFilter, library
from marvin.types import RATE_HZ

_TEN_MS = RATE_HZ // 100
_SET_DENOISE, _SET_ECHO_STATE = 0, 24


def speexdsp(tail_s: float = TAIL_S) -> EchoFilter:
    found = library()
    assert found is not None, "apt install libspeexdsp1"
    return SpeexFilter(found, tail_s)


class Suppressed:
    """SpeexDSP's filter, and then its suppressor of what the filter leaves."""

    def __init__(self) -> None:
        speex = library()
        assert speex is not None, "apt install libspeexdsp1"
        self._filter = SpeexFilter(speex, TAIL_S)
        speex.speex_preprocess_state_init.restype = ctypes.c_void_p
        speex.speex_preprocess_ctl.argtypes = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        speex.speex_preprocess_run.argtypes = ctypes.c_void_p, ctypes.c_void_p
        self._state = ctypes.c_void_p(speex.speex_preprocess_state_init(FRAME, RATE_HZ))
        off = ctypes.c_int(0)
        speex.speex_preprocess_ctl(self._state, _SET_DENOISE, ctypes.byref(off))
        speex.speex_preprocess_ctl(self._state, _SET_ECHO_STATE, self._filter._state)
        self._run = speex.speex_preprocess_run

    def process(self, microphone: Int16, reference: Int16) -> Int16:
        out = []
        for at in range(0, len(microphone), FRAME):
            frame = self._filter.process(microphone[at : at + FRAME], reference[at : at + FRAME])
            self._run(self._state, frame.ctypes.data)
            out.append(frame)
        return np.concatenate(out)


class Aec3:
    """WebRTC's, from LiveKit's wheels."""

    def __init__(self) -> None:
        from livekit import rtc

        self._rtc: Any = rtc
        self._module = rtc.AudioProcessingModule(echo_cancellation=True)

    def process(self, microphone: Int16, reference: Int16) -> Int16:
        out = []
        for at in range(0, len(microphone), _TEN_MS):
            frames = [
                self._rtc.AudioFrame(part[at : at + _TEN_MS].tobytes(), RATE_HZ, 1, _TEN_MS)
                for part in (reference, microphone)
            ]
            self._module.process_reverse_stream(frames[0])
            self._module.set_stream_delay_ms(0)
            self._module.process_stream(frames[1])
            out.append(np.frombuffer(bytes(frames[1].data.cast("B")), np.int16))
        return np.concatenate(out)


class Pyaec:
    """SpeexDSP's filter, from pyaec's wheels."""

    def __init__(self) -> None:
        import pyaec

        self._aec: Any = pyaec.Aec(_TEN_MS, round(TAIL_S * RATE_HZ), RATE_HZ, False)

    def process(self, microphone: Int16, reference: Int16) -> Int16:
        out: list[int] = []
        for at in range(0, len(microphone), _TEN_MS):
            frames = (part[at : at + _TEN_MS].tolist() for part in (microphone, reference))
            out += self._aec.cancel_echo(*frames)
        return np.array(out, np.int16)


FILTERS: Mapping[str, Callable[[], EchoFilter]] = {
    "speexdsp": speexdsp,
    "speexdsp 0.125 s": lambda: speexdsp(0.125),
    "speexdsp 0.5 s": lambda: speexdsp(0.5),
    "speexdsp, suppressed": Suppressed,
    "aec3": Aec3,
    "pyaec": Pyaec,
}
