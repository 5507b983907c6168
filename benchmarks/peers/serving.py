"""The server loop of a contender: one line of JSON per request and answer.

Also runs in the peers' environment, so it uses only the standard library.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def serve(load: Callable[[], Answer]) -> None:
    """Load, report readiness, then answer requests until the input ends."""
    # Keep the output of libraries away from the answers.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answer = load()

    def say(reply: dict[str, Any]) -> None:
        out.write(json.dumps(reply) + "\n")
        out.flush()

    say({"ready": True})
    for line in sys.stdin:
        say(answer(json.loads(line)))


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """The result, with wall-clock and CPU seconds."""
    cpu, began = time.process_time(), time.perf_counter()
    result = work()
    times = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    return result, times
