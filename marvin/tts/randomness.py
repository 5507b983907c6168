"""Reproducible sampling: the same seed gives the same speech, independent of other threads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Within this context torch samples from its own generators; None: from torch's default.

    torch.manual_seed would affect the whole process, where another model may sample at the same
    time. A TorchFunctionMode only applies to the current thread.
    """
    if seed is None:
        yield
        return
    import torch
    from torch.overrides import TorchFunctionMode

    generators: dict[torch.device, torch.Generator] = {}

    def generator(device: torch.device | str | None) -> torch.Generator:
        device = torch.device(device or "cpu")
        if device not in generators:
            generators[device] = torch.Generator(device).manual_seed(seed)
        return generators[device]

    class Own(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs = kwargs or {}
            if function is torch.randn:
                kwargs = kwargs | {"generator": generator(kwargs.get("device"))}
            elif function is torch.multinomial:
                kwargs = kwargs | {"generator": generator(args[0].device)}
            elif function is torch.randn_like:
                # Only newer versions of torch accept a generator here.
                like = args[0]
                options = {"dtype": like.dtype, "device": like.device} | kwargs
                own = generator(like.device)
                return torch.randn(like.shape, generator=own, **options)
            return function(*args, **kwargs)

    with Own():
        yield
