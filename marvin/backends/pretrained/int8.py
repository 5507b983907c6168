"""Linear layers in int8: weights are scaled by output channel, activations by token.

Each token has a scale of its own, so it gets the same numbers whether it is read alone or with
others: torch's own dynamic quantisation scales all tokens of a call alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_MOST = 127
_MOST_OF_A_WEIGHT = 63
"""On a CPU whose products overflow."""


def quantized(model: Any) -> Any:
    """Replace the linear layers of a model."""
    from torch import nn

    layer_class, most = _layer_class(), _most()
    for module in list(model.modules()):
        for name, layer in list(module.named_children()):
            if type(layer) is nn.Linear:
                setattr(module, name, layer_class(layer, most))
    return model


@lru_cache(maxsize=1)
def _layer_class() -> Any:
    # Defined on first use: importing torch takes seconds.
    import torch

    class Int8Linear(torch.nn.Module):
        """A linear layer with int8 weights."""

        weight: Tensor
        scale: Tensor
        bias: Tensor | None

        def __init__(self, layer: Any, most: int) -> None:
            super().__init__()
            self.in_features, self.out_features = layer.in_features, layer.out_features
            weight = layer.weight.detach().float()
            scale = _scale(weight, most)
            self.register_buffer("weight", (weight / scale).round().to(torch.int8))
            self.register_buffer("scale", scale[:, 0])
            self.register_buffer("bias", None if layer.bias is None else layer.bias.detach())

        def forward(self, given: Tensor) -> Tensor:
            tokens = given.reshape(-1, self.in_features)
            scale = _scale(tokens, _MOST)
            product = torch._int_mm((tokens / scale).round().to(torch.int8), self.weight.t())
            result = product.float().mul_(scale).mul_(self.scale)
            if self.bias is not None:
                result.add_(self.bias)
            return result.view(*given.shape[:-1], self.out_features)

    return Int8Linear


def _scale(rows: Tensor, most: int) -> Tensor:
    """The size of a step for each row."""
    return rows.abs().amax(-1, keepdim=True).clamp_min(1e-12) / most


@lru_cache(maxsize=1)
def _most() -> int:
    """The largest weight whose products this CPU adds up exactly.

    x86 without VNNI adds each two products in 16 bits, which the largest ones exceed.
    """
    import torch

    largest = torch.full((4, 64), _MOST, dtype=torch.int8)
    exact = all(
        (torch._int_mm(sign * largest, largest.t()) == sign * 64 * _MOST**2).all()
        for sign in (1, -1)
    )
    return _MOST if exact else _MOST_OF_A_WEIGHT
