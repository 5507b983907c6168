"""A streaming HiFi-GAN that takes frames incrementally and computes nothing twice.

Equivalent to transformers' `SpeechT5HifiGan` and `VitsHifiGan` (tests compare them): each layer
keeps the end of its input, on which its next outputs depend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken


def in_windows(
    made: Iterable[Any], sizes: Iterator[int], late: int, sound: Callable[[Any, bool], Any]
) -> Iterator[Any]:
    """Waveforms of frames as they are generated.

    Args:
        made: Frames, each of shape (1, channels, frames).
        sizes: Frames per window; after the last size one window takes the rest.
        late: Look-ahead in frames.
        sound: Maps frames, and whether they are the last, to a waveform.
    """
    import torch

    def window(last: bool) -> Any:
        with torch.inference_mode():
            return sound(torch.cat(waiting, -1), last)

    waiting: list[Any] = []
    count, size = 0, next(sizes, None)
    wanted = None if size is None else size + late
    for frames in made:
        # Only once the next frames arrive is it certain that these are not the last.
        if wanted is not None and count >= wanted:
            yield window(False)
            waiting, count = [], 0
            wanted = next(sizes, None)
        waiting.append(frames)
        count += frames.shape[-1]
    if waiting:
        yield window(True)


class Vocoder:
    """One audio stream. All tensors have the shape (1, channels, time)."""

    def __init__(self, model: Any, token: CancelToken) -> None:
        """`token` is checked before each slow layer."""
        self._token = token
        self._slope = model.config.leaky_relu_slope
        self._before = Convolution(model.conv_pre)
        self._layers = [Upsampling(layer) for layer in model.upsampler]
        kinds = model.num_kernels
        self._blocks = [
            _Mean([_Residual(block, token) for block in model.resblocks[at : at + kinds]])
            for at in range(0, len(model.resblocks), kinds)
        ]
        self._after = Convolution(model.conv_post)

    def __call__(self, frames: Any, last: bool) -> Any:
        """The waveform available so far, shape (samples,)."""
        from torch.nn.functional import leaky_relu

        hidden = self._before(frames, last)
        for upsampling, blocks in zip(self._layers, self._blocks, strict=True):
            self._token.check()
            hidden = blocks(upsampling(leaky_relu(hidden, self._slope), last), last)
        return self._after(leaky_relu(hidden), last).tanh().reshape(-1)


class Convolution:
    """A streaming Conv1d of stride 1, with zero padding at both ends of the stream."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._reach = (layer.kernel_size[0] - 1) * layer.dilation[0]
        self._kept: Any = None

    def __call__(self, given: Any, last: bool) -> Any:
        import torch

        layer = self._layer
        nothing = given.new_zeros(1, given.shape[1], layer.padding[0])
        kept = nothing if self._kept is None else self._kept
        given = torch.cat([kept, given, nothing] if last else [kept, given], -1)
        made = max(0, given.shape[-1] - self._reach)
        # A copy: a view would keep the whole tensor in memory.
        self._kept = None if last else given[..., made:].clone()
        if not made:
            return given.new_zeros(1, layer.out_channels, 0)
        return torch.conv1d(given, layer.weight, layer.bias, dilation=layer.dilation)


class Upsampling:
    """A streaming ConvTranspose1d: keeps outputs that overlap with those of the next frames."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._overlap: Any = None

    def __call__(self, given: Any, last: bool) -> Any:
        import torch

        layer = self._layer
        (stride,), (cut,) = layer.stride, layer.padding
        parts = []
        if count := given.shape[-1]:
            out = torch.conv_transpose1d(given, layer.weight, stride=stride)
            if self._overlap is not None:
                out[..., : self._overlap.shape[-1]] += self._overlap
            begin = cut if self._overlap is None else 0
            parts.append(out[..., begin : count * stride])
            self._overlap = out[..., count * stride :].clone()
        if last:
            parts.append(self._overlap[..., : self._overlap.shape[-1] - cut])
        if not parts:
            return given.new_zeros(1, layer.out_channels, 0)
        return torch.cat(parts, -1) + layer.bias.unsqueeze(-1)


class Sum:
    """Adds streams with different latencies."""

    def __init__(self, count: int) -> None:
        self._waiting: list[Any] = [None] * count

    def __call__(self, *given: Any) -> Any:
        import torch

        waiting = [
            new if old is None else torch.cat([old, new], -1)
            for old, new in zip(self._waiting, given, strict=True)
        ]
        made = min(stream.shape[-1] for stream in waiting)
        self._waiting = [stream[..., made:].clone() for stream in waiting]
        return sum(stream[..., :made] for stream in waiting)


class _Residual:
    """HifiGanResidualBlock."""

    def __init__(self, block: Any, token: CancelToken) -> None:
        self._token = token
        self._slope = block.leaky_relu_slope
        pairs = zip(block.convs1, block.convs2, strict=True)
        self._pairs = [(Convolution(one), Convolution(two), Sum(2)) for one, two in pairs]

    def __call__(self, hidden: Any, last: bool) -> Any:
        from torch.nn.functional import leaky_relu

        self._token.check()
        for one, two, add in self._pairs:
            inner = one(leaky_relu(hidden, self._slope), last)
            hidden = add(hidden, two(leaky_relu(inner, self._slope), last))
        return hidden


class _Mean:
    """The mean of the blocks, one per kernel size."""

    def __init__(self, blocks: list[_Residual]) -> None:
        self._blocks = blocks
        self._add = Sum(len(blocks))

    def __call__(self, hidden: Any, last: bool) -> Any:
        return self._add(*(block(hidden, last) for block in self._blocks)) / len(self._blocks)
