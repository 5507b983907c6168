"""ALSA's messages, logged: it would write them to standard error, from the thread of the sound."""

import atexit
import ctypes
import functools
import logging

_LOGGER = logging.getLogger(__name__)


@functools.cache
def log_errors() -> object:
    """Once for the process. A full standard error would block the loudspeaker.

    Returns:
        What ALSA calls, which has to live as long: the cache keeps it.
    """
    kinds = ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
    called = ctypes.CFUNCTYPE(None, *kinds)(_log)
    try:
        set_error_handler = ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler
    except (OSError, AttributeError):
        return None
    set_error_handler(called)
    # Python's functions cannot be called any more when the process ends.
    atexit.register(set_error_handler, None)
    return called


def _log(_file: bytes, _line: int, function: bytes, _error: int, text: bytes) -> None:
    # The arguments that would be put into the text are C's.
    where, what = (one.decode(errors="replace") for one in (function or b"", text or b""))
    _LOGGER.debug("ALSA: %s: %s", where, what)
