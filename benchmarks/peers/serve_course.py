"""Serves the course's pipeline: `... serve_course FOLDER THREADS`."""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.course import Course
from benchmarks.peers.serving import Answer, serve, timed


def load(folder: Path, threads: int) -> Answer:
    """A function that listens, transcribes or runs a whole turn."""
    course = Course(folder, threads)

    def turn(samples: Any, request: dict[str, Any]) -> dict[str, Any]:
        """Times from the end of the recording."""
        began = time.perf_counter()
        # With the five beams of transformers' default it repeats the last word hundreds of times.
        text = course.transcribe(samples, request["model"], num_beams=1)
        heard = time.perf_counter()
        reply = course.query(text, **request["answer"])
        answered = time.perf_counter()
        course.synthesise(reply, request["kokoro"])
        return {
            "heard_s": heard - began,
            "answer_s": answered - heard,
            "speech_s": time.perf_counter() - answered,
            "text": text,
            "said": reply,
        }

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        samples = np.load(request["audio"])
        if "kokoro" in request:
            return turn(samples, request)
        if "model" not in request:
            return timed(lambda: course.listens(samples))[1]
        more = request.get("generate", {})
        text, times = timed(lambda: course.transcribe(samples, request["model"], **more))
        return {**times, "text": text}

    return answer


if __name__ == "__main__":
    serve(lambda: load(Path(sys.argv[1]), int(sys.argv[2])))
