"""Set-up of the training's worker processes."""

import contextlib
import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def tame() -> None:
    """Call first in a worker: ignores Ctrl-C, dies with its parent, and runs at low priority."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Linux only. If the parent was killed, a worker would otherwise wait for work forever, because
    # its siblings hold the other end of its pipe.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(5)
