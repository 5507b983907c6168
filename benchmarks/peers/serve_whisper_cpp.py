"""Serves whisper.cpp, in the peers' environment: `... serve_whisper_cpp FILE THREADS`.

Greedy, one segment, no timestamps, no fallbacks. With `what` "speech" the encoder gets the speech
plus half a second (`audio_ctx`), as in its stream example, instead of 30 s.
"""

import sys
from typing import Any

import numpy as np
from pywhispercpp.model import Model

from benchmarks.peers.serving import Answer, serve, timed

_POSITION = 320
"""Samples per encoder position."""
_MARGIN = 25
"""Half a second, in encoder positions."""
_ALL = 1500


def load(path: str, threads: int) -> Answer:
    """Load the model; returns a function that transcribes."""
    model = Model(
        path, n_threads=threads, redirect_whispercpp_logs_to=None, print_progress=False,
        print_realtime=False, print_timestamps=False, language="en", no_timestamps=True,
        single_segment=True, no_context=True, temperature=0.0, temperature_inc=0.0,
        greedy={"best_of": 1},
    )  # fmt: skip

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        audio = np.load(request["audio"])
        speech_only = request.get("what") == "speech"
        seen = min(_ALL, len(audio) // _POSITION + _MARGIN) if speech_only else 0
        blank = request.get("usual", False)
        segments, times = timed(
            lambda: model.transcribe(audio, audio_ctx=seen, suppress_blank=blank)
        )
        return {**times, "text": " ".join(segment.text for segment in segments)}

    return answer


if __name__ == "__main__":
    serve(lambda: load(sys.argv[1], int(sys.argv[2])))
