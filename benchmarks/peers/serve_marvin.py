"""Serves Marvin's Whisper and ear: `... serve_marvin FORMAT THREADS`.

FORMAT is a number format, or `auto` for the choice of `marvin placement`. A request with `whole`
encodes Whisper's whole window, including the silence; one with `usual` has the gates on.
"""

import sys
from itertools import count
from typing import Any

import numpy as np

from benchmarks.peers.serving import Answer, serve, timed
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.conversation.ear import load_ear
from marvin.engines.placement.choice import place_engines
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Samples, Utterance
from marvin.workshop.wake_eval.stream import stream_recording

OPEN_GATES = {
    "min_log_probability": -10.0, "max_compression_ratio": 100.0, "max_repeats": 100,
    "max_no_speech": 1.0,
}  # fmt: skip
"""Gates off, as for the peers: they would reject everything that random weights write."""


def load(dtype: str, threads: int) -> Answer:
    """A function that transcribes or listens; engines are loaded on first use."""
    engines: dict[tuple[str, bool, bool], tuple[WhisperTranscriber, str]] = {}
    ears: dict[str, Any] = {}
    times = count(1)

    def engine(model: str, whole: bool, usual: bool) -> tuple[WhisperTranscriber, str]:
        key = (model, whole, usual)
        if key not in engines:
            # Keep only one loaded, because they are large.
            engines.clear()
            gates = {} if usual else OPEN_GATES
            engines[key] = _whisper(model, dtype, threads, thin_silence=not whole, **gates)
        return engines[key]

    def transcribe(request: dict[str, Any]) -> dict[str, Any]:
        whisper, place = engine(
            request["model"], request.get("whole", False), request.get("usual", False)
        )
        number, audio, token = next(times), np.load(request["audio"]), CancelToken()
        # A new utterance each time, by position in samples: the last transcript must not become the
        # draft of the next.
        start, audio[0] = number * 3600 * RATE_HZ, number * 1e-6
        if every_s := request.get("along_s"):
            for end in range(round(every_s * RATE_HZ), len(audio), round(every_s * RATE_HZ)):
                whisper.partial(_utterance(audio[:end], start, Endpoint.NONE), token)
        utterance = _utterance(audio, start, Endpoint.SILENCE)
        transcript, took = timed(lambda: whisper.transcribe(utterance, token))
        return {**took, "text": transcript.text, "place": place}

    def hear(request: dict[str, Any]) -> dict[str, Any]:
        if not ears:
            ears["ear"] = load_ear(Config())
        take = stream_recording(ears["ear"], [np.load(request["audio"])], quiet_s=0.0)
        return {"cpu_seconds": take.cpu_s}

    return lambda request: transcribe(request) if "model" in request else hear(request)


def _utterance(samples: Samples, start: int, reason: Endpoint) -> Utterance:
    return Utterance(samples, start=start, speech_s=len(samples) / RATE_HZ, reason=reason)


def _whisper(model: str, dtype: str, threads: int, **keys: Any) -> tuple[WhisperTranscriber, str]:
    """The warmed-up engine and its placement."""
    import torch

    torch.set_num_threads(threads)
    config = WhisperConfig(model=model, device="cpu", dtype=dtype, **keys)
    place = place_engines(Config(stt=config))["stt"].place
    whisper = WhisperTranscriber.load(config, Place(place.device, place.dtype, threads))
    whisper.warm()
    return whisper, str(place)


if __name__ == "__main__":
    serve(lambda: load(sys.argv[1], int(sys.argv[2])))
