"""Stops a model between two of its steps."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken


@contextlib.contextmanager
def stoppable(token: CancelToken, *modules: Any) -> Iterator[None]:
    """Check the token each time that one of the modules is about to compute.

    A hook, because `generate` of transformers gives no other way into every step: a decoder layer
    or a decoder is the module to name. Only this thread's computing stops: engines may share the
    modules, and one that took the place of a call that hangs must not be stopped with it.

    Raises:
        Cancelled: The token was cancelled.
    """
    token.check()
    thread = threading.get_ident()

    def check(*_: Any) -> None:
        if threading.get_ident() == thread:
            token.check()

    hooks = [module.register_forward_pre_hook(check) for module in modules]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
