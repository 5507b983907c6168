"""Routes ALSA's messages to the log instead of stderr, where it writes from the audio thread."""

import atexit
import ctypes
import functools
import logging

_LOGGER = logging.getLogger(__name__)


@functools.cache
def log_errors() -> object:
    """Install the error callback once per process: a full stderr pipe would block playback.

    Returns the ctypes callback, which the cache keeps alive for ALSA.
    """
    kinds = ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
    called = ctypes.CFUNCTYPE(None, *kinds)(_log)
    try:
        set_error_handler = ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler
    except (OSError, AttributeError):
        return None
    set_error_handler(called)
    # ALSA must not call into Python during interpreter shutdown.
    atexit.register(set_error_handler, None)
    return called


def _log(_file: bytes, _line: int, function: bytes, _error: int, text: bytes) -> None:
    # The printf arguments are C varargs and cannot be read here.
    where, what = (one.decode(errors="replace") for one in (function or b"", text or b""))
    _LOGGER.debug("ALSA: %s: %s", where, what)
