"""Manners of the training's worker processes."""

import contextlib
import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def tame() -> None:
    """Call first in a worker: leaves Ctrl-C to its parent, dies with it, and yields to others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Linux only. A worker whose parent was killed would wait for work for ever: its brothers hold
    # the other end of its pipe.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(5)
