"""What travels over the pipes between Marvin and the espeak-ng process."""

import struct
from typing import IO

HEADER = struct.Struct("<cI")
"""Kind of the frame and length of its payload in bytes."""

# requests
SPEAK = b"S"
"""Payload: voice, NUL, text. Answered by AUDIO frames and END, or by UNKNOWN or FAILED."""
CANCEL = b"C"
"""Ends the SPEAK that is running; that one still answers END."""
PHONEMES = b"P"
"""Payload: voice, NUL, text. Answered by RESULT, UNKNOWN or FAILED."""
VOICES = b"V"
"""Answered by RESULT: names, one a line."""

# answers
READY = b"R"
"""The library is loaded. Payload: sample rate in Hz, in digits."""
AUDIO = b"A"
"""Payload: 16-bit samples in the byte order of the machine."""
END = b"E"
"""All AUDIO of a SPEAK was sent."""
RESULT = b"T"
"""Payload: text."""
UNKNOWN = b"U"
"""No such voice. Payload: the names that exist, one a line."""
FAILED = b"F"
"""Payload: what went wrong."""


def write_frame(pipe: IO[bytes], kind: bytes, payload: bytes = b"") -> None:
    """Send one frame."""
    pipe.write(HEADER.pack(kind, len(payload)) + payload)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next frame, or None when the other side is gone."""
    header = pipe.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    payload = pipe.read(length)
    return (kind, payload) if len(payload) == length else None
