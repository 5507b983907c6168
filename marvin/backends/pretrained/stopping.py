"""Stops a model between two of its steps, or before one of its parts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
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


class _Reached(BaseException):
    """A module is about to compute. No `Exception`: nobody takes it for a failure."""

    def __init__(self, given: Any) -> None:
        self.given = given


def input_of(module: Any, compute: Callable[[], object]) -> Any:
    """What `compute` first gives to the module, in this thread, instead of going on from there."""
    thread = threading.get_ident()

    def stop(_: Any, inputs: Any) -> None:
        if threading.get_ident() == thread:
            raise _Reached(inputs[0])

    hook = module.register_forward_pre_hook(stop)
    try:
        compute()
    except _Reached as reached:
        return reached.given
    finally:
        hook.remove()
    raise RuntimeError(f"{type(module).__name__} was not asked to compute")
