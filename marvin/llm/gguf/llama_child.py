"""The llama.cpp process: reads requests from stdin, writes answers to stdout, one JSON a line.

Run by path, without site-packages: it imports only the standard library and xllamacpp. Requests and
answers are those of OpenAI's chat completions, without the parts that nobody reads.
"""

import contextlib
import json
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any, BinaryIO

_ERRORS_ONLY = 1
_ALL_LAYERS = 999


class LlamaChild:
    """Answers requests in order; a separate thread reads them, also while llama.cpp computes."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._queue: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled = 0
        """The latest request that was cancelled, and all before it."""

    def run(self) -> None:
        """Serve until stdin closes."""
        settings = json.loads(self._requests.readline())
        threading.Thread(target=self._read, daemon=True).start()
        try:
            server = _start(settings)
        except RuntimeError as error:
            self.send(failed=str(error))
            return
        except Exception as error:  # noqa: BLE001 - a broken or a changed library
            self.send(failed=f"{type(error).__name__}: {error}")
            return
        self.send(ready=True)
        while True:
            self._answer(server, self._queue.get())

    def send(self, **answer: object) -> None:
        self._answers.write(json.dumps(answer).encode() + b"\n")
        self._answers.flush()

    def _read(self) -> None:
        for line in self._requests:
            request = json.loads(line)
            if "cancel" in request:
                self._cancelled = request["cancel"]
            else:
                self._queue.put(request)
        # Marvin has gone; the main thread may be computing or blocked on a full pipe.
        os._exit(0)

    def _answer(self, server: Any, request: dict[str, Any]) -> None:
        number = request["number"]

        def pass_on(chunk: dict[str, Any]) -> bool:
            """Returns whether to stop. Called for each batch of the prompt and each token."""
            if number <= self._cancelled:
                return True
            if error := chunk.get("error"):
                self.send(number=number, error=error)
            for choice in chunk.get("choices", ()):
                delta = choice["delta"]
                calls = {"tool_calls": delta["tool_calls"]} if delta.get("tool_calls") else {}
                # Empty: the prompt is being read, or the model reasons, or calls a tool.
                self.send(number=number, text=delta.get("content") or "", **calls)
            return False

        try:
            if number > self._cancelled:
                server.handle_chat_completions(request["body"], pass_on)
        except (RuntimeError, ValueError) as error:
            self.send(number=number, error={"message": str(error)})
        except Exception as error:  # noqa: BLE001 - its reader says it
            self.send(number=number, error={"message": f"{type(error).__name__}: {error}"})
        self.send(number=number, end=True)


def _start(settings: dict[str, Any]) -> Any:
    """Raises RuntimeError if the model cannot be loaded; llama.cpp writes the reason to stderr."""
    sys.path.append(settings["site"])
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["model"]
    parameters.n_ctx = settings["context"]
    parameters.n_batch = parameters.n_ubatch = settings["batch"]
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = settings["threads"]
        threads.poll = 0  # Builds without OpenMP: its threads wait without spinning, too.
    parameters.n_gpu_layers = 0
    if settings["gpu"] is not None:
        devices = [one for one in xllamacpp.get_device_info() if "GPU" in str(one["type"])]
        if len(devices) <= settings["gpu"]:
            raise RuntimeError("no GPU")
        parameters.n_gpu_layers = _ALL_LAYERS
        parameters.main_gpu = settings["gpu"]
        parameters.split_mode = xllamacpp.llama_split_mode.LLAMA_SPLIT_MODE_NONE
    # One conversation at a time, whose prompt stays in the cache.
    parameters.n_parallel = 1
    parameters.cache_ram_mib = 0
    parameters.fit_params = parameters.warmup = False
    parameters.verbosity = _ERRORS_ONLY
    return _unreachable_server(xllamacpp, parameters)


def _unreachable_server(xllamacpp: Any, parameters: Any) -> Any:
    """The server always listens: on a socket in a private folder, which is deleted at once."""
    parameters.n_threads_http = 1
    parameters.ui = parameters.endpoint_slots = False
    folder = tempfile.mkdtemp()
    try:
        parameters.hostnames = [str(Path(folder) / "llama.sock")]
        return xllamacpp.Server(parameters)
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Serve requests from stdin on stdout."""
    # Ctrl-C reaches the whole process group, but Marvin ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    # Keeps the library's own output out of the answers.
    os.dup2(2, 1)
    status = 1
    try:
        with contextlib.suppress(BrokenPipeError):
            LlamaChild(sys.stdin.buffer, answers).run()
        status = 0
    except Exception:  # noqa: BLE001 - nobody else writes it
        traceback.print_exc()
    finally:
        # Not through the library's destructors, which wait for its threads.
        os._exit(status)


if __name__ == "__main__":
    main()
