"""Whisper's decoder for several texts at once, which share the audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marvin.stt.whisper.text_decoder import WhisperDecoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from marvin.stt.whisper.rules import WhisperRules
    from marvin.stt.whisper.text_decoder import Encoded


class BranchingDecoder(WhisperDecoder):
    """Call under `torch.inference_mode`."""

    def __init__(
        self, model: Any, encoded: Encoded, prompt: Sequence[int], rules: WhisperRules, end: int
    ) -> None:
        super().__init__(model, encoded)
        self._prompt = prompt
        self._rules = rules
        self.end = end
        """The end token."""

    def begin(self, tokens: Sequence[int] = ()) -> Tensor:
        """Log-probabilities of what follows a text, shape (1, vocabulary); nothing may be read
        before."""
        return self._normalised(self.read([*self._prompt, *tokens])[-1:], first=not tokens)

    def score(self, tokens: Sequence[int], start: int = 0) -> float:
        """Log-probability of a text from its token `start` on; nothing may be read before."""
        import torch

        logits = self.read([*self._prompt, *tokens])[-1 - len(tokens) :]
        scores = torch.cat(
            [self._normalised(logits[:1], first=True), self._normalised(logits[1:], first=False)]
        )
        return float(scores[range(len(scores)), [*tokens, self.end]][start:].sum())

    def branch(self, parents: Sequence[int], tokens: Sequence[int]) -> Tensor:
        """Continue a text per token, each from one of the texts so far; returns the
        log-probabilities of the next tokens, shape (texts, vocabulary)."""
        import torch

        # With the same text as before, nothing has to be copied.
        if list(parents) != list(range(len(self._text[0][0]))):
            rows = torch.tensor(parents, device=self._text[0][0].device)
            self._text = [(keys[rows], values[rows]) for keys, values in self._text]
        hidden = self._forward([[token] for token in tokens])
        return self._normalised(self._model.proj_out(hidden[:, 0]).float(), first=False)

    def _normalised(self, logits: Tensor, *, first: bool) -> Tensor:
        return self._rules.text(() if first else (0,), logits).log_softmax(-1).cpu()

    def _cross_attention(self, index: int, layer: Any, hidden: Tensor) -> Tensor:
        """All texts attend to the same audio, as the tokens of one text would."""
        if len(hidden) == 1:
            return super()._cross_attention(index, layer, hidden)
        return super()._cross_attention(index, layer, hidden.transpose(0, 1)).transpose(0, 1)
