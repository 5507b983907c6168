"""Whisper's decoder: reads tokens beside the encoding of the audio, with transformers' weights.

Not by the `forward` of transformers, which hears every position of the encoding alike; and which
takes a tenth longer where weights are read fast, for masks and caches that nothing here needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder made of a window."""

    states: Tensor
    """A vector a position, shape (1, positions, width)."""
    counts: Tensor | None = None
    """Logarithm of how many positions each of them stands for, shape (1, 1, 1, positions); None:
    one each. Added to the logits of an attention, it makes them weigh as much as all of those."""


class WhisperDecoder:
    """Has read some tokens beside one window; computes under `torch.inference_mode`."""

    def __init__(self, model: Any, encoded: Encoded) -> None:
        self._model = model
        self._layers = list(model.model.decoder.layers)
        self._counts = encoded.counts
        # What is asked of the audio is the same for every token.
        self._audio = [
            (
                _heads(layer.encoder_attn, layer.encoder_attn.k_proj(encoded.states)),
                _heads(layer.encoder_attn, layer.encoder_attn.v_proj(encoded.states)),
            )
            for layer in self._layers
        ]
        self._text: list[tuple[Tensor, Tensor]] = []
        """Keys and values of the tokens that were read, a pair a layer."""
        self._asked: list[Tensor] = []
        """What the last tokens asked of the audio, by layer."""

    def read(self, tokens: Sequence[int]) -> Tensor:
        """The logits after each of these further tokens, shape (tokens, vocabulary)."""
        logits: Tensor = self._model.proj_out(self._follow(tokens)[0])
        return logits.float()

    def forget(self, count: int) -> None:
        """The last so many tokens."""
        if count:
            self._text = [
                (keys[:, :, :-count], values[:, :, :-count]) for keys, values in self._text
            ]

    def attention(self, tokens: Sequence[int], heads: Sequence[tuple[int, int]]) -> Tensor:
        """Where the decoder looks while it reads the tokens, shape (heads, tokens, positions).

        `heads` are pairs of a layer and a head.
        """
        import torch

        self._follow(tokens)
        weights = []
        for layer, head in heads:
            logits = self._asked[layer][0, head].float() @ self._audio[layer][0][0, head].float().T
            if self._counts is not None:
                logits = logits + self._counts[0, 0].float()
            weights.append(logits.softmax(-1))
        return torch.stack(weights).cpu()

    def _follow(self, tokens: Sequence[int]) -> Tensor:
        """The last layer's vectors for these further tokens, shape (1, tokens, width)."""
        import torch

        decoder = self._model.model.decoder
        before = self._text[0][0].shape[2] if self._text else 0
        end = before + len(tokens)
        device = decoder.embed_positions.weight.device
        hidden = decoder.embed_tokens(torch.tensor([tokens], device=device))
        hidden = hidden + decoder.embed_positions.weight[before:end]
        # No token looks at those that come after it.
        mask = None
        if len(tokens) > 1:
            mask = torch.ones(len(tokens), end, dtype=torch.bool, device=device).tril(before)
        text, self._asked = [], []
        for index, layer in enumerate(self._layers):
            keys_values, hidden = self._own(index, layer, hidden, mask)
            text.append(keys_values)
            hidden = self._listened(index, layer, hidden)
            more = layer.activation_fn(layer.fc1(layer.final_layer_norm(hidden)))
            hidden = hidden + layer.fc2(more)
        self._text = text
        result: Tensor = decoder.layer_norm(hidden)
        return result

    def _own(
        self, index: int, layer: Any, hidden: Tensor, mask: Tensor | None
    ) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """A layer's attention to the text: the keys and values of all of it, and the sum."""
        import torch

        attention = layer.self_attn
        normal = layer.self_attn_layer_norm(hidden)
        query = _heads(attention, attention.q_proj(normal) * attention.scaling)
        keys = _heads(attention, attention.k_proj(normal))
        values = _heads(attention, attention.v_proj(normal))
        if self._text:
            before = self._text[index]
            keys, values = torch.cat([before[0], keys], 2), torch.cat([before[1], values], 2)
        return (keys, values), hidden + _attend(attention, query, keys, values, mask)

    def _listened(self, index: int, layer: Any, hidden: Tensor) -> Tensor:
        """The sum with a layer's attention to the audio."""
        attention = layer.encoder_attn
        normal = layer.encoder_attn_layer_norm(hidden)
        query = _heads(attention, attention.q_proj(normal) * attention.scaling)
        self._asked.append(query)
        return hidden + _attend(attention, query, *self._audio[index], self._counts)


def _heads(attention: Any, states: Tensor) -> Tensor:
    """From (1, positions, width) to (1, heads, positions, width of a head)."""
    return states.view(*states.shape[:2], attention.num_heads, -1).transpose(1, 2)


def _attend(
    attention: Any, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
) -> Tensor:
    from torch.nn.functional import scaled_dot_product_attention

    mixed = scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=1.0)
    out: Tensor = attention.out_proj(mixed.transpose(1, 2).flatten(2))
    return out
