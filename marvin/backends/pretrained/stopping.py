"""Interrupts a model's computation with module hooks."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken


@contextlib.contextmanager
def stoppable(token: CancelToken, *modules: Any) -> Iterator[None]:
    """Check the token before each call of one of the modules.

    A hook is the only way into every step of `generate`; pass a decoder or a decoder layer. Only
    calls on this thread are stopped, because engines may share modules with a hung call.

    Raises:
        Cancelled: The token was cancelled.
    """
    token.check()
    with before_each(token.check, *modules):
        yield


@contextlib.contextmanager
def before_each(call: Callable[[], None], *modules: Any) -> Iterator[None]:
    """Call `call` before each call of one of the modules on this thread."""
    thread = threading.get_ident()

    def on_call(*_: Any) -> None:
        if threading.get_ident() == thread:
            call()

    hooks = [module.register_forward_pre_hook(on_call) for module in modules]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Reached(BaseException):
    """Carries a module's input. A BaseException, so that nothing handles it as a failure."""

    def __init__(self, given: Any) -> None:
        self.given = given


def input_of(module: Any, compute: Callable[[], object]) -> Any:
    """The first input that `compute` passes to the module on this thread; stops there."""
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
    raise RuntimeError(f"{type(module).__name__} was not called")
