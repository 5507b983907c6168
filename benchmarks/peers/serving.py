"""The inside of a contender's process: a line of JSON in, a line of JSON out.

Runs in the peers' environment, too: nothing but the standard library here.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def serve(load: Callable[[], Answer]) -> None:
    """Load, say that it is done, then answer requests until there are no more."""
    # Some libraries print: what they do must not come between the answers.
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
    """The result, and the seconds it took: of the clock, and of all processors."""
    cpu, began = time.process_time(), time.perf_counter()
    result = work()
    times = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    return result, times
