"""Whisper's decoder with a KV cache, on transformers' weights.

Replaces transformers' `forward`, which cannot weight encoder positions, and takes up to a tenth
longer for masks and caches that are not needed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Encoded:
    """Encoder output of a window."""

    states: Tensor
    """Shape (1, positions, width)."""
    counts: Tensor | None = None
    """Log of the number of positions that each one represents, shape (1, 1, 1, positions); None:
    one each. Added to attention logits as a weight."""
    audio: list[tuple[Tensor, Tensor]] = field(default_factory=list, repr=False, compare=False)
    """Cross-attention keys and values by layer, computed by the first decoder."""


class WhisperDecoder:
    """Decoder state for one window. Call under `torch.inference_mode`."""

    def __init__(self, model: Any, encoded: Encoded) -> None:
        self._model = model
        self._layers = list(model.model.decoder.layers)
        self._counts = encoded.counts
        # int8 turns differences in rounding into other numbers, and then into other words: there,
        # attention is computed token by token, so that a draft gives what the tokens alone give.
        self._each = not model.proj_out.weight.is_floating_point()
        # They are the same for every token of every decoder.
        encoded.audio[:] = encoded.audio or [
            (
                _heads(layer.encoder_attn, layer.encoder_attn.k_proj(encoded.states)),
                _heads(layer.encoder_attn, layer.encoder_attn.v_proj(encoded.states)),
            )
            for layer in self._layers
        ]
        self._audio = encoded.audio
        self._text: list[tuple[Tensor, Tensor]] = []
        """Self-attention keys and values, by layer."""
        self._queries: list[Tensor] = []
        """Cross-attention queries of the last tokens, by layer."""

    def read(self, tokens: Sequence[int]) -> Tensor:
        """Append tokens; returns the logits after each, shape (tokens, vocabulary)."""
        logits: Tensor = self._model.proj_out(self._forward([tokens])[0])
        return logits.float()

    def forget(self, count: int) -> None:
        """Remove the last `count` tokens."""
        if count:
            self._text = [
                (keys[:, :, :-count], values[:, :, :-count]) for keys, values in self._text
            ]

    def attention(self, tokens: Sequence[int], heads: Sequence[tuple[int, int]]) -> Tensor:
        """Cross-attention weights while reading the tokens, shape (heads, tokens, positions).

        `heads` are pairs of layer and head.
        """
        import torch

        self._forward([tokens])
        weights = []
        for layer, head in heads:
            logits = (
                self._queries[layer][0, head].float() @ self._audio[layer][0][0, head].float().T
            )
            if self._counts is not None:
                logits = logits + self._counts[0, 0].float()
            weights.append(logits.softmax(-1))
        return torch.stack(weights).cpu()

    def _forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Append tokens to each row, as many rows as were read before; returns the last layer's
        output, shape (rows, tokens, width)."""
        import torch

        decoder = self._model.model.decoder
        before = self._text[0][0].shape[2] if self._text else 0
        count = len(rows[0])
        end = before + count
        device = decoder.embed_positions.weight.device
        hidden = decoder.embed_tokens(torch.tensor(rows, device=device))
        hidden = hidden + decoder.embed_positions.weight[before:end]
        # Causal mask.
        mask = None
        if count > 1:
            mask = torch.ones(count, end, dtype=torch.bool, device=device).tril(before)
        text, self._queries = [], []
        for index, layer in enumerate(self._layers):
            keys_values, hidden = self._self_attention(index, layer, hidden, mask)
            text.append(keys_values)
            hidden = self._cross_attention(index, layer, hidden)
            more = layer.activation_fn(layer.fc1(layer.final_layer_norm(hidden)))
            hidden = hidden + layer.fc2(more)
        self._text = text
        result: Tensor = decoder.layer_norm(hidden)
        return result

    def _self_attention(
        self, index: int, layer: Any, hidden: Tensor, mask: Tensor | None
    ) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Self-attention: the updated keys and values, and the residual sum."""
        import torch

        attention = layer.self_attn
        normal = layer.self_attn_layer_norm(hidden)
        query = _heads(attention, attention.q_proj(normal) * attention.scaling)
        keys = _heads(attention, attention.k_proj(normal))
        values = _heads(attention, attention.v_proj(normal))
        if self._text:
            before = self._text[index]
            keys, values = torch.cat([before[0], keys], 2), torch.cat([before[1], values], 2)
        if self._each:
            first = keys.shape[2] - query.shape[2] + 1
            mixed = torch.cat(
                [
                    _mixed(query[:, :, at : at + 1], keys[:, :, :end], values[:, :, :end], None)
                    for at, end in enumerate(range(first, keys.shape[2] + 1))
                ],
                2,
            )
        else:
            mixed = _mixed(query, keys, values, mask)
        return (keys, values), hidden + _out(attention, mixed)

    def _cross_attention(self, index: int, layer: Any, hidden: Tensor) -> Tensor:
        """Cross-attention: the residual sum."""
        import torch

        attention = layer.encoder_attn
        normal = layer.encoder_attn_layer_norm(hidden)
        query = _heads(attention, attention.q_proj(normal) * attention.scaling)
        self._queries.append(query)
        queries = [query[:, :, [at]] for at in range(query.shape[2])] if self._each else [query]
        mixed = [_mixed(one, *self._audio[index], self._counts) for one in queries]
        return hidden + _out(attention, torch.cat(mixed, 2))


def _heads(attention: Any, states: Tensor) -> Tensor:
    """From (1, positions, width) to (1, heads, positions, head width)."""
    return states.view(*states.shape[:2], attention.num_heads, -1).transpose(1, 2)


def _mixed(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    from torch.nn.functional import scaled_dot_product_attention

    return scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=1.0)


def _out(attention: Any, mixed: Tensor) -> Tensor:
    out: Tensor = attention.out_proj(mixed.transpose(1, 2).flatten(2))
    return out
