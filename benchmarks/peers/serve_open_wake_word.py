"""Serves pyopen-wakeword, in the peers' environment."""

import time
from typing import Any

import numpy as np
from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures

from benchmarks.peers.open_wake_word import chunks, on_one_thread
from benchmarks.peers.serving import Answer, serve

_WORD = "hey_jarvis"


def load() -> Answer:
    """Features and one head, on one thread."""
    on_one_thread()
    features = OpenWakeWordFeatures.from_builtin()
    head = OpenWakeWord.from_builtin(Model(_WORD))

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        samples = (np.load(request["audio"]) * 32767).astype(np.int16)
        pieces = [chunk.tobytes() for chunk in chunks(samples)]
        began = time.process_time()
        for piece in pieces:
            for embedding in features.process_streaming(piece):
                list(head.process_streaming(embedding))
        return {"cpu_seconds": time.process_time() - began}

    return answer


if __name__ == "__main__":
    serve(load)
