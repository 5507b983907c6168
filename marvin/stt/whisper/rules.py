"""Token masks: forbidden tokens, tokens forbidden at the start, timestamps in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.lock import transformers_lock

if TYPE_CHECKING:
    from torch import Tensor

    from marvin.stt.greedy import Rules
    from marvin.stt.whisper.tokens import WhisperTokens


class WhisperRules:
    """The rules of one checkpoint."""

    def __init__(self, model: Any, tokens: WhisperTokens, device: str) -> None:
        self._tokens = tokens
        # Some fine-tunes have no generation config with the tokens.
        self._latest = getattr(model.generation_config, "max_initial_timestamp_index", None)
        self._never = _mask(tokens.never, model.config.vocab_size, device)
        self._not_first = _mask((*tokens.never, *tokens.not_first), model.config.vocab_size, device)

    def text(self, written: Sequence[int], logits: Tensor) -> Tensor:
        """Mask the next token's logits for text without timestamps."""
        return logits + (self._never if written else self._not_first)

    def stamped(self, prompt: Sequence[int]) -> Rules:
        """The rules for text with timestamps after `prompt`."""
        import torch

        with transformers_lock:
            from transformers import GenerationConfig, WhisperTimeStampLogitsProcessor

        settings = GenerationConfig(
            eos_token_id=self._tokens.end,
            no_timestamps_token_id=self._tokens.no_timestamps,
            max_initial_timestamp_index=self._latest,
        )
        rule = WhisperTimeStampLogitsProcessor(settings, begin_index=len(prompt))

        def paired(written: Sequence[int], logits: Tensor) -> Tensor:
            scores: Tensor = rule(
                torch.tensor([[*prompt, *written]], device=logits.device),
                self.text(written, logits)[None],
            )
            return scores[0]

        return paired


def _mask(tokens: Sequence[int], vocabulary: int, device: str) -> Tensor:
    """Added to the logits, it makes the tokens impossible."""
    import torch

    mask = torch.zeros(vocabulary)
    # transformers' defaults include tokens that a small vocabulary lacks.
    mask[[token for token in tokens if 0 <= token < vocabulary]] = -torch.inf
    return mask.to(device)
