"""Frames on the pipes between Marvin and the espeak-ng process."""

import struct
from typing import IO

HEADER = struct.Struct("<cI")
"""Header: kind of the frame and payload length in bytes."""

# requests
SPEAK = b"S"
"""Payload: voice, NUL, text. Answered by AUDIO frames and END, or by UNKNOWN or FAILED."""
CANCEL = b"C"
"""Stops the running SPEAK, which still answers END."""
PHONEMES = b"P"
"""Payload: voice, NUL, text. Answered by RESULT, UNKNOWN or FAILED."""
VOICES = b"V"
"""Answered by RESULT: names, one per line."""

# answers
READY = b"R"
"""The library is loaded. Payload: sample rate in Hz, as decimal digits."""
AUDIO = b"A"
"""Payload: 16-bit samples in native byte order."""
END = b"E"
"""Ends the AUDIO of a SPEAK."""
RESULT = b"T"
"""Payload: text."""
UNKNOWN = b"U"
"""No such voice. Payload: the existing names, one per line."""
FAILED = b"F"
"""Payload: error message."""


def write_frame(pipe: IO[bytes], kind: bytes, payload: bytes = b"") -> None:
    pipe.write(HEADER.pack(kind, len(payload)) + payload)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Kind and payload, or None at the end of the stream."""
    header = pipe.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    payload = pipe.read(length)
    return (kind, payload) if len(payload) == length else None
