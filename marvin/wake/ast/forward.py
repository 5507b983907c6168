"""The forward pass of an Audio Spectrogram Transformer for one window, and nothing else.

The same numbers as transformers' ASTForAudioClassification (Gong et al., AST, 2021), by NumPy: with
torch and transformers a listening Marvin would take three times the memory and seven times as long
to start. What can be done to the weights is done once: queries, keys and values come out of one
product, the gain and shift of a normalisation are part of the product behind it, and what is added
to a token has no mean, so that none has to be taken out. Of the last layer only the two tokens that
are read are computed.
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
"""Weights while they are laid out."""
Read = Callable[[str], NDArray[np.floating]]

READ = 2
"""Tokens that the classifier reads: class and distillation."""

_IN_CACHE = 16_384
"""Numbers that pass through the activation together."""

_TAIL_SCALE = np.float32(0.2316419)
_TAIL = [
    np.float32(factor / sqrt(2 * pi))
    for factor in (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530)
]
"""Of the normal distribution, off by at most 7.5e-8: Abramowitz and Stegun, Handbook of
Mathematical Functions, 26.2.17."""


class Forward:
    """The weights of a checkpoint, laid out for one window at a time."""

    def __init__(self, architecture: Architecture, read: Read) -> None:
        """`read` gives a tensor by the name that it has in published checkpoints.

        Raises:
            ValueError: One is of another shape, or has numbers that are none.
            TypeError: One has other numbers than floating point's.
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
        # Of shape (frames * bins, width), as the patches come.
        self._kernel = _laid_out(_centred(kernel.transpose(3, 2, 1, 0).reshape(-1, width)))
        offset = tensors.get(f"{embeddings}.patch_embeddings.projection.bias", width)
        count = READ + self._patches[0] * self._patches[1]
        tokens = tensors.get(f"{embeddings}.position_embeddings", 1, count, width)[0]
        tokens[READ:] += offset
        for index, name in enumerate(("cls_token", "distillation_token")):
            tokens[index] += tensors.get(f"{embeddings}.{name}", 1, 1, width)[0, 0]
        self._tokens = _laid_out(_centred(tokens))
        self._layers = [
            _Layer(architecture, tensors, f"{encoder}.encoder.layer.{index}")
            for index in range(architecture.num_hidden_layers)
        ]
        gain, shift = tensors.norm(f"{encoder}.layernorm", width)
        self._gain, self._shift = _laid_out(gain), _laid_out(shift)
        head = tensors.linear("classifier.dense", width, len(architecture.id2label))
        self._head, self._head_bias = _behind(tensors.norm("classifier.layernorm", width), *head)
        self._epsilon = np.float32(architecture.layer_norm_eps)

    def __call__(self, features: Features) -> Array:
        """Logits, shape (labels,), of normalised features, shape (frames, bins)."""
        tokens = self._tokens.copy()
        tokens[READ:] += self._cut(features) @ self._kernel
        for layer in self._layers[:-1]:
            tokens = layer(tokens, len(tokens))
        read = _scaled(self._layers[-1](tokens, READ), self._epsilon) * self._gain + self._shift
        mean = read.sum(axis=0, keepdims=True) / np.float32(READ)
        logits = _scaled(mean - mean.mean(), self._epsilon) @ self._head + self._head_bias
        return np.asarray(logits[0])

    def _cut(self, features: Features) -> Array:
        """Patches of shape (patches, frames * bins), which may overlap; along the frames first."""
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
    """Attention and perceptron, each after a normalisation and around a residual."""

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
        self._mix, self._mix_bias = _behind(before, mixed, bias)
        self._out, self._out_bias = _adding(
            *tensors.linear(f"{name}.attention.output.dense", width, width)
        )
        self._up, self._up_bias = _behind(
            after, *tensors.linear(f"{name}.intermediate.dense", width, inside)
        )
        self._down, self._down_bias = _adding(
            *tensors.linear(f"{name}.output.dense", inside, width)
        )

    def __call__(self, tokens: Array, count: int) -> Array:
        """The first `count` tokens after this layer; all of `tokens` are attended to."""
        mixed = _scaled(tokens, self._epsilon) @ self._mix
        mixed += self._mix_bias
        # (tokens, 3 * width) to 3 x (heads, tokens, width of a head).
        query, key, value = mixed.reshape(len(tokens), 3, self._heads, -1).transpose(1, 2, 0, 3)
        looks = query[:, :count] @ key.transpose(0, 2, 1)
        looks -= looks.max(axis=-1, keepdims=True)
        np.exp(looks, out=looks)
        seen = (looks @ value) / looks.sum(axis=-1, keepdims=True)
        after: Array = seen.transpose(1, 0, 2).reshape(count, -1) @ self._out
        after += self._out_bias
        after += tokens[:count]
        inside = _scaled(after, self._epsilon) @ self._up
        inside += self._up_bias
        _gelu(inside)
        after += inside @ self._down
        after += self._down_bias
        return after


class _Tensors:
    """The tensors of a checkpoint, each of the shape that it has to have, and finite."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def get(self, name: str, *shape: int) -> Exact:
        tensor = self._read(name)
        if tensor.shape != shape:
            raise ValueError(f"{name} has the shape {tensor.shape} instead of {shape}")
        if tensor.dtype.kind != "f":
            raise TypeError(f"{name} is of {tensor.dtype}")
        if not np.isfinite(tensor).all():
            raise ValueError(f"{name} has numbers that are none (NaN)")
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


def _behind(norm: tuple[Exact, Exact], weight: Exact, bias: Exact) -> tuple[Array, Array]:
    """A product with the gain and shift of the normalisation before it in its weights."""
    gain, shift = norm
    return _laid_out(gain[:, None] * weight), _laid_out(shift @ weight + bias)


def _adding(weight: Exact, bias: Exact) -> tuple[Array, Array]:
    """A product that adds no mean."""
    return _laid_out(_centred(weight)), _laid_out(_centred(bias))


def _centred(values: Exact) -> Exact:
    return np.asarray(values - values.mean(axis=-1, keepdims=True))


def _laid_out(values: Exact) -> Array:
    return np.ascontiguousarray(values, np.float32)


def _scaled(tokens: Array, epsilon: np.float32) -> Array:
    """Tokens without mean, to a variance of one."""
    variance = np.einsum("ij,ij->i", tokens, tokens)
    variance /= np.float32(tokens.shape[1])
    variance += epsilon
    return np.asarray(tokens / np.sqrt(variance)[:, None])


def _gelu(values: Array) -> None:
    """x times the share of a normal distribution below x, in place; values of shape (rows, n)."""
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
        # Both sides have the same tail: it is missing above, and all there is below.
        tail *= size
        np.maximum(block, np.float32(0), out=block)
        block -= tail
