"""SpeechT5's postnet and vocoder, for a spectrogram that is still being generated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marvin.tts.vocoding import Convolution, Sum, Vocoder

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken

LATE = 34
"""Look-ahead in frames: 10 for the postnet, 24 for the vocoder."""


class RefinedSound:
    """One audio stream."""

    def __init__(self, postnet: Any, vocoder: Any, token: CancelToken) -> None:
        self._layers = [(Convolution(layer.conv), layer) for layer in postnet.layers]
        self._add = Sum(2)
        self._model = vocoder
        self._vocoder = Vocoder(vocoder, token)

    def __call__(self, frames: Any, last: bool) -> Any:
        """Maps frames of shape (1, mels, frames) to the waveform available so far, shape
        (samples,)."""
        refined = frames
        for convolution, layer in self._layers:
            refined = layer.batch_norm(convolution(refined, last))
            if layer.activation is not None:
                refined = layer.activation(refined)
        mels = self._add(frames, refined).float()
        if self._model.config.normalize_before:
            mean, scale = self._model.mean, self._model.scale
            mels = (mels - mean.unsqueeze(-1)) / scale.unsqueeze(-1)
        return self._vocoder(mels, last)
