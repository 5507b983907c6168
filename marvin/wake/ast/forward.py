"""The forward pass of an Audio Spectrogram Transformer (Gong et al., 2021) in NumPy, per window.

Computes the same as transformers' ASTForAudioClassification: with torch and transformers an idle
Marvin would take three times the memory and seven times as long to start. Weights are folded at
load time: queries, keys and values come from one product, layer norm gains and shifts are part of
the product that follows, and the weights of everything added to a token are centred, so that layer
norm needs no mean. The last layer only computes the two tokens that the classifier reads.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from marvin.wake.ast.architecture import Architecture
from marvin.wake.ast.features import Features

Array = NDArray[np.float32]
Exact = NDArray[np.float64]
"""Weights during folding."""
Read = Callable[[str], NDArray[np.floating]]

READ = 2
"""Tokens that the classifier reads: class and distillation."""

_IN_CACHE = 16_384
"""Values per activation block, to stay in the CPU cache."""

_TAIL_SCALE = np.float32(0.2316419)
_TAIL = [
    np.float32(factor / sqrt(2 * pi))
    for factor in (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530)
]
"""Tail of the normal distribution, error below 7.5e-8: Abramowitz and Stegun, Handbook of
Mathematical Functions, 26.2.17."""


class Forward:
    """A checkpoint's weights, folded for inference on one window at a time."""

    def __init__(self, architecture: Architecture, read: Read) -> None:
        """`read` returns a tensor by its name in published checkpoints.

        Raises:
            ValueError: A tensor has the wrong shape, or contains NaN or infinity.
            TypeError: A tensor is not floating point.
        """
        width, size = architecture.hidden_size, architecture.patch_size
        tensors = _Tensors(read)
        encoder = "audio_spectrogram_transformer"
        embeddings = f"{encoder}.embeddings"
        self._patches = architecture.patches
        self._size = size
        self._strides = architecture.frequency_stride, architecture.time_stride
        kernel = tensors.get(
            f"{embeddings}.patch_embeddings.projection.weight", width, 1, size, size
        )
        # Shape (frames * bins, width), in the order of the patches.
        self._kernel = _float32(_centred(kernel.transpose(3, 2, 1, 0).reshape(-1, width)))
        offset = tensors.get(f"{embeddings}.patch_embeddings.projection.bias", width)
        count = READ + self._patches[0] * self._patches[1]
        tokens = tensors.get(f"{embeddings}.position_embeddings", 1, count, width)[0]
        tokens[READ:] += offset
        for index, name in enumerate(("cls_token", "distillation_token")):
            tokens[index] += tensors.get(f"{embeddings}.{name}", 1, 1, width)[0, 0]
        self._tokens = _float32(_centred(tokens))
        self._layers = [
            _Layer(architecture, tensors, f"{encoder}.encoder.layer.{index}")
            for index in range(architecture.num_hidden_layers)
        ]
        gain, shift = tensors.norm(f"{encoder}.layernorm", width)
        self._gain, self._shift = _float32(gain), _float32(shift)
        head = tensors.linear("classifier.dense", width, len(architecture.id2label))
        self._head, self._head_bias = _fold_norm(tensors.norm("classifier.layernorm", width), *head)
        self._epsilon = np.float32(architecture.layer_norm_eps)

    def __call__(self, features: Features) -> Array:
        """Logits, shape (labels,), of normalised features, shape (frames, bins)."""
        tokens = self._tokens.copy()
        tokens[READ:] += self._patch(features) @ self._kernel
        for layer in self._layers[:-1]:
            tokens = layer(tokens, len(tokens))
        read = (
            _unit_variance(self._layers[-1](tokens, READ), self._epsilon) * self._gain + self._shift
        )
        mean = read.sum(axis=0, keepdims=True) / np.float32(READ)
        logits = _unit_variance(mean - mean.mean(), self._epsilon) @ self._head + self._head_bias
        return np.asarray(logits[0])

    def _patch(self, features: Features) -> Array:
        """Possibly overlapping patches, shape (patches, frames * bins), frames first."""
        features = np.ascontiguousarray(features, np.float32)
        frame, mel_bin = features.strides
        by_bin, by_frame = self._strides
        patches: Array = np.ndarray(
            (*self._patches, self._size, self._size),
            np.float32,
            features,
            strides=(by_bin * mel_bin, by_frame * frame, frame, mel_bin),
        )
        return patches.reshape(-1, self._size**2)


class _Layer:
    """Attention and feed-forward, each with pre-norm and a residual connection."""

    def __init__(self, architecture: Architecture, tensors: _Tensors, name: str) -> None:
        width, inside = architecture.hidden_size, architecture.intermediate_size
        self._heads = architecture.num_attention_heads
        self._epsilon = np.float32(architecture.layer_norm_eps)
        attention = f"{name}.attention.attention"
        parts = [
            tensors.linear(f"{attention}.{part}", width, width, bias=architecture.qkv_bias)
            for part in ("query", "key", "value")
        ]
        scale = (width // self._heads) ** -0.5
        parts[0] = parts[0][0] * scale, parts[0][1] * scale
        mixed = np.concatenate([weight for weight, _ in parts], axis=1)
        bias = np.concatenate([bias for _, bias in parts])
        before = tensors.norm(f"{name}.layernorm_before", width)
        after = tensors.norm(f"{name}.layernorm_after", width)
        self._mix, self._mix_bias = _fold_norm(before, mixed, bias)
        self._out, self._out_bias = _centred_linear(
            *tensors.linear(f"{name}.attention.output.dense", width, width)
        )
        self._up, self._up_bias = _fold_norm(
            after, *tensors.linear(f"{name}.intermediate.dense", width, inside)
        )
        self._down, self._down_bias = _centred_linear(
            *tensors.linear(f"{name}.output.dense", inside, width)
        )

    def __call__(self, tokens: Array, count: int) -> Array:
        """Output for the first `count` tokens, which attend to all of `tokens`."""
        mixed = _unit_variance(tokens, self._epsilon) @ self._mix
        mixed += self._mix_bias
        # (tokens, 3 * width) to 3 x (heads, tokens, head width).
        query, key, value = mixed.reshape(len(tokens), 3, self._heads, -1).transpose(1, 2, 0, 3)
        looks = query[:, :count] @ key.transpose(0, 2, 1)
        looks -= looks.max(axis=-1, keepdims=True)
        np.exp(looks, out=looks)
        seen = (looks @ value) / looks.sum(axis=-1, keepdims=True)
        after: Array = seen.transpose(1, 0, 2).reshape(count, -1) @ self._out
        after += self._out_bias
        after += tokens[:count]
        inside = _unit_variance(after, self._epsilon) @ self._up
        inside += self._up_bias
        _gelu(inside)
        after += inside @ self._down
        after += self._down_bias
        return after


class _Tensors:
    """Reads a checkpoint's tensors, and checks their shape, dtype and values."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def get(self, name: str, *shape: int) -> Exact:
        tensor = self._read(name)
        if tensor.shape != shape:
            raise ValueError(f"{name} has the shape {tensor.shape} instead of {shape}")
        if tensor.dtype.kind != "f":
            raise TypeError(f"{name} has dtype {tensor.dtype}")
        if not np.isfinite(tensor).all():
            raise ValueError(f"{name} contains NaN or infinity")
        return tensor.astype(np.float64)

    def norm(self, name: str, width: int) -> tuple[Exact, Exact]:
        """Gain and shift."""
        return self.get(f"{name}.weight", width), self.get(f"{name}.bias", width)

    def linear(
        self, name: str, width: int, wanted: int, *, bias: bool = True
    ) -> tuple[Exact, Exact]:
        """Weight of shape (width, wanted), and bias."""
        weight = self.get(f"{name}.weight", wanted, width).T
        return weight, self.get(f"{name}.bias", wanted) if bias else np.zeros(wanted)


def _fold_norm(norm: tuple[Exact, Exact], weight: Exact, bias: Exact) -> tuple[Array, Array]:
    """Fold the gain and shift of the preceding layer norm into a linear layer."""
    gain, shift = norm
    return _float32(gain[:, None] * weight), _float32(shift @ weight + bias)


def _centred_linear(weight: Exact, bias: Exact) -> tuple[Array, Array]:
    """Centre a linear layer, so that its output has zero mean."""
    return _float32(_centred(weight)), _float32(_centred(bias))


def _centred(values: Exact) -> Exact:
    return np.asarray(values - values.mean(axis=-1, keepdims=True))


def _float32(values: Exact) -> Array:
    return np.ascontiguousarray(values, np.float32)


def _unit_variance(tokens: Array, epsilon: np.float32) -> Array:
    """Scale zero-mean tokens to unit variance."""
    variance = np.einsum("ij,ij->i", tokens, tokens)
    variance /= np.float32(tokens.shape[1])
    variance += epsilon
    return np.asarray(tokens / np.sqrt(variance)[:, None])


def _gelu(values: Array) -> None:
    """Exact GELU in place; `values` has shape (rows, n)."""
    rows = max(1, _IN_CACHE // values.shape[1])
    for first in range(0, len(values), rows):
        block = values[first : first + rows]
        size = np.abs(block)
        place = np.reciprocal(size * _TAIL_SCALE + np.float32(1))
        tail = place * _TAIL[0]
        for factor in _TAIL[1:]:
            tail += factor
            tail *= place
        np.multiply(block, block, out=place)
        place *= np.float32(-0.5)
        tail *= np.exp(place, out=place)
        # gelu(x) = max(x, 0) - |x| * tail(|x|).
        tail *= size
        np.maximum(block, np.float32(0), out=block)
        block -= tail
