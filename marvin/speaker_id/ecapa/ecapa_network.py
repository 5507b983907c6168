"""The network of ECAPA-TDNN (Desplanques and others, 2020), with the names of SpeechBrain's
checkpoint. Its sizes follow from the shapes of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_DILATIONS = (2, 3, 4)
"""Of the three residual blocks."""
_LEAST_VARIANCE = 1e-12


class EcapaNetwork:
    """Filter banks of one utterance in, its embedding out."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """Raises KeyError if the weights are another network's."""
        self._weights = weights
        self.width = weights["fc.conv.bias"].shape[0]
        """Length of the embedding."""
        self.bands = weights["blocks.0.conv.conv.weight"].shape[1]

    def embed(self, features: Tensor) -> Tensor:
        """Shape (frames, bands) to (width,)."""
        import torch

        with torch.inference_mode():
            x = self._layer("blocks.0", features.T[None])
            blocks = []
            for at, dilation in enumerate(_DILATIONS, start=1):
                x = self._residual(f"blocks.{at}", x, dilation)
                blocks.append(x)
            pooled = self._pooled(self._layer("mfa", torch.cat(blocks, dim=1)))
            return self._convolution("fc", self._normalized("asp_bn", pooled))[0, :, 0]

    def _convolution(self, name: str, x: Tensor, dilation: int = 1) -> Tensor:
        """Of the same length as its input, which is mirrored at its ends."""
        from torch.nn.functional import conv1d, pad

        weight = self._weights[f"{name}.conv.weight"]
        beyond = dilation * (weight.shape[2] - 1) // 2
        if beyond:
            x = pad(x, (beyond, beyond), mode="reflect")
        return conv1d(x, weight, self._weights[f"{name}.conv.bias"], dilation=dilation)

    def _normalized(self, name: str, x: Tensor) -> Tensor:
        from torch.nn.functional import batch_norm

        mean, variance, weight, bias = (
            self._weights[f"{name}.norm.{one}"]
            for one in ("running_mean", "running_var", "weight", "bias")
        )
        return batch_norm(x, mean, variance, weight, bias)

    def _layer(self, name: str, x: Tensor, dilation: int = 1) -> Tensor:
        return self._normalized(
            f"{name}.norm", self._convolution(f"{name}.conv", x, dilation).relu()
        )

    def _residual(self, name: str, x: Tensor, dilation: int) -> Tensor:
        """A Res2Net block with squeeze and excitation."""
        import torch

        first, *others = self._layer(f"{name}.tdnn1", x).chunk(self._scale(name), dim=1)
        parts = [first]
        for at, part in enumerate(others):
            before = parts[-1] if at else 0.0
            parts.append(self._layer(f"{name}.res2net_block.blocks.{at}", part + before, dilation))
        y = self._layer(f"{name}.tdnn2", torch.cat(parts, dim=1))
        squeezed = self._convolution(f"{name}.se_block.conv1", y.mean(2, keepdim=True)).relu()
        return x + y * self._convolution(f"{name}.se_block.conv2", squeezed).sigmoid()

    def _scale(self, name: str) -> int:
        """In how many parts a block divides its channels."""
        channels = self._weights[f"{name}.tdnn1.conv.conv.bias"].shape[0]
        part = self._weights[f"{name}.res2net_block.blocks.0.conv.conv.bias"].shape[0]
        return int(channels // part)

    def _pooled(self, x: Tensor) -> Tensor:
        """Mean and deviation over time, weighted by attention: shape (1, 2 * channels, 1)."""
        import torch

        mean, deviation = _statistics(x, torch.full_like(x, 1.0 / x.shape[2]))
        context = torch.cat([x, mean.expand_as(x), deviation.expand_as(x)], dim=1)
        attention = self._convolution("asp.conv", self._layer("asp.tdnn", context).tanh())
        return torch.cat(_statistics(x, attention.softmax(dim=2)), dim=1)


def _statistics(x: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    mean = (weights * x).sum(2, keepdim=True)
    variance = (weights * (x - mean) ** 2).sum(2, keepdim=True)
    return mean, variance.clamp(min=_LEAST_VARIANCE).sqrt()
