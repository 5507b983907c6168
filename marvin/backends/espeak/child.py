"""The espeak-ng process: reads requests from stdin, writes audio to stdout.

Run by path, without site-packages: it imports only the standard library and two modules of this
folder, and is ready within about 50 ms.
"""

import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

if not __package__:  # isolated mode leaves even this folder off sys.path
    sys.path.append(str(Path(__file__).resolve().parents[3]))

from marvin.backends.espeak import frames
from marvin.backends.espeak.library import Library, UnknownVoiceError


class EspeakChild:
    """Answers requests in order; a separate thread reads them."""

    def __init__(self, library: Library, requests: BinaryIO, answers: BinaryIO) -> None:
        self._library = library
        self._requests = requests
        self._answers = answers
        self._queue: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    def run(self) -> None:
        """Serve until stdin closes."""
        self._send(frames.READY, str(self._library.rate_hz))
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            self._answer(*self._queue.get())

    def _read(self) -> None:
        while (frame := frames.read_frame(self._requests)) is not None:
            if frame[0] == frames.CANCEL:
                self._cancelled.set()
                continue
            self._cancelled.clear()
            self._queue.put(frame)
        # Marvin has gone; the main thread may be synthesising or blocked on a full pipe.
        os._exit(0)

    def _answer(self, kind: bytes, payload: bytes) -> None:
        voice, _, text = payload.decode("utf-8").partition("\0")
        try:
            if kind == frames.VOICES:
                self._send(frames.RESULT, "\n".join(self._library.names()))
                return
            self._library.select(voice)
        except UnknownVoiceError:
            self._send(frames.UNKNOWN, "\n".join(self._library.names()))
            return
        if kind == frames.PHONEMES:
            self._send(frames.RESULT, self._library.phonemes(text))
            return
        status = self._library.speak(text, self._emit)
        if status != 0 and not self._cancelled.is_set():
            self._send(frames.FAILED, f"espeak-ng returned status {status}")
        else:
            self._send(frames.END)

    def _emit(self, audio: bytes) -> bool:
        if not self._cancelled.is_set():
            frames.write_frame(self._answers, frames.AUDIO, audio)
        return self._cancelled.is_set()

    def _send(self, kind: bytes, text: str = "") -> None:
        frames.write_frame(self._answers, kind, text.encode())


def main(library: str, data: str, rate: str, pitch: str, volume: str) -> None:
    """Serve requests from stdin on stdout."""
    # Ctrl-C reaches the whole process group, but Marvin ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    # Keeps the library's own output out of the frames.
    os.dup2(2, 1)
    try:
        espeak = Library(library, data, (int(rate), int(pitch), int(volume)))
    except (OSError, AttributeError) as error:
        frames.write_frame(answers, frames.FAILED, str(error).encode())
        return
    try:
        EspeakChild(espeak, sys.stdin.buffer, answers).run()
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
