"""Cuts the silence around a clause, sets its level, and adds the pause that its mark asks for."""

import numpy as np

from marvin.pcm import fade_in, fade_out
from marvin.types import Samples

_FRAME_S = 0.01
_SILENT = 0.0055
"""RMS of a frame, -45 dB: the network's own silence is below -80 dB, stray clicks in it -50 dB."""
_HEAD_S, _TAIL_S = 0.03, 0.06
"""Kept before and behind, for consonants that begin or end below the limit."""
_FADE_IN_S, _FADE_OUT_S = 0.005, 0.03
_LEVEL = 0.106
"""RMS of speech, -19.5 dB: espeak-ng's in Marvin."""
_LEAST_GAIN, _MOST_GAIN = 0.5, 2.0
_PAUSES_S = {**dict.fromkeys(".!?…", 0.24), **dict.fromkeys(",;:—", 0.08)}
"""In addition to what is kept; altogether as long as espeak-ng's."""


def gain(samples: Samples) -> float:
    """What brings a voice to the level of the others."""
    speech = samples[np.abs(samples) > 0.01]
    if not len(speech):
        return 1.0
    level = float(np.sqrt(np.mean(np.square(speech))))
    return min(max(_LEVEL / level, _LEAST_GAIN), _MOST_GAIN)


def trimmed(samples: Samples, rate_hz: int) -> Samples:
    """The speech between the silences, faded in and out; empty if there is none."""
    frame = round(_FRAME_S * rate_hz)
    whole = len(samples) // frame * frame
    loud = np.flatnonzero(np.square(samples[:whole]).reshape(-1, frame).mean(1) > _SILENT**2)
    if not len(loud):
        return samples[:0]
    begin = max(0, int(loud[0]) * frame - round(_HEAD_S * rate_hz))
    end = min(len(samples), (int(loud[-1]) + 1) * frame + round(_TAIL_S * rate_hz))
    speech = fade_in(samples[begin:end], round(_FADE_IN_S * rate_hz))
    return fade_out(speech, round(_FADE_OUT_S * rate_hz))


def with_pause(speech: Samples, mark: str, rate_hz: int) -> Samples:
    """Followed by the silence for the mark that ends the clause; empty if nothing was said."""
    pause_s = _PAUSES_S.get(mark, 0.0) if len(speech) else 0.0
    return np.pad(speech, (0, round(pause_s * rate_hz)))
