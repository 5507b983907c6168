"""The forward pass of an Audio Spectrogram Transformer for one window, and nothing else.

The same numbers as transformers' ASTForAudioClassification (Gong et al., AST, 2021), which is made
for batches, training and hooks: for a model of a million weights that costs as much as the
arithmetic. Queries, keys and values come out of one product, and of the last layer only the two
tokens that are read are computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import ASTForAudioClassification

READ = 2
"""Tokens that the classifier reads: class and distillation."""


class Forward:
    """The weights of a loaded model, laid out for one window at a time."""

    def __init__(self, model: ASTForAudioClassification) -> None:
        encoder, head = model.audio_spectrogram_transformer, model.classifier
        embeddings = encoder.embeddings
        self._patches = embeddings.patch_embeddings.projection
        self._read = _detached(embeddings.cls_token, embeddings.distillation_token)[0]
        self._positions = _detached(embeddings.position_embeddings)[0]
        self._layers = [_Layer(layer) for layer in encoder.layers]
        self._norm, self._head_norm, self._head = encoder.layernorm, head.layernorm, head.dense

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """Logits, shape (labels,), of normalised features, shape (frames, bins)."""
        import torch

        patches = self._patches(features.T[None, None]).flatten(2)[0].T
        tokens = torch.cat((self._read, patches)) + self._positions
        for layer in self._layers[:-1]:
            tokens = layer(tokens, len(tokens))
        read = self._norm(self._layers[-1](tokens, READ))
        logits: torch.Tensor = self._head(self._head_norm(read.mean(0)))
        return logits


class _Layer:
    """Attention and perceptron, each after a normalisation and around a residual."""

    def __init__(self, layer: Any) -> None:
        import torch

        attention = layer.attention
        parts = (attention.q_proj, attention.k_proj, attention.v_proj)
        self._weight = torch.cat([part.weight for part in parts]).detach()
        self._bias = None
        if parts[0].bias is not None:
            self._bias = torch.cat([part.bias for part in parts]).detach()
        self._heads = attention.num_attention_heads
        self._before, self._after = layer.layernorm_before, layer.layernorm_after
        self._out, self._mlp = attention.o_proj, layer.mlp

    def __call__(self, tokens: torch.Tensor, count: int) -> torch.Tensor:
        """The first `count` tokens after this layer; all of `tokens` are attended to."""
        from torch.nn.functional import linear, scaled_dot_product_attention

        mixed = linear(self._before(tokens), self._weight, self._bias)
        # (tokens, 3 * width) to 3 x (1, heads, tokens, width of a head).
        query, key, value = mixed.view(len(tokens), 3, self._heads, -1).permute(1, 2, 0, 3)[:, None]
        seen = scaled_dot_product_attention(query[:, :, :count], key, value)
        tokens = tokens[:count] + self._out(seen[0].transpose(0, 1).reshape(count, -1))
        after: torch.Tensor = tokens + self._mlp(self._after(tokens))
        return after


def _detached(*parts: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.cat(parts, dim=1).detach()
