"""SpeechT5's decoder, step by step, so that playback can start before the sentence is finished.

Equivalent to `SpeechT5ForTextToSpeech.generate_speech` (a test compares them), except that each
step only feeds the newest frame to the prenet instead of all frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.cache import cache_name

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken

_STOP = 0.5
"""Threshold for the sum of a step's stop probabilities, by the model's authors."""

_FRAMES_A_TOKEN, _FRAMES_MORE = 10, 60
"""Maximum length in frames of 16 ms, for a model that does not stop. Normal speech has four or
five frames per letter."""


def frames(model: Any, ids: Any, speaker: Any, generator: Any, token: CancelToken) -> Iterator[Any]:
    """The spectrogram before the postnet, step by step.

    Args:
        model: SpeechT5ForTextToSpeech.
        ids: Tokens, shape (1, tokens).
        speaker: x-vector, shape (1, 512).
        generator: torch.Generator for the prenet's dropout.
        token: Checked before each step.

    Yields:
        Shape (frames, mels).

    Raises:
        Cancelled: The token was cancelled.
    """
    import torch

    config, decoder, head = model.config, model.speecht5.decoder, model.speech_decoder_postnet
    with torch.inference_mode():
        encoded = model.speecht5.encoder(input_values=ids, return_dict=True).last_hidden_state
        seen = torch.ones_like(ids)
        speaker = torch.nn.functional.normalize(speaker.to(encoded.dtype))
        frame = encoded.new_zeros(1, config.num_mel_bins)
    name = cache_name(decoder.wrapped_decoder.forward)
    cache = None
    for step in range(_longest(ids.shape[1], config)):
        token.check()
        with torch.inference_mode():
            out = decoder.wrapped_decoder(
                hidden_states=_prenet(decoder.prenet, frame, speaker, step, generator),
                encoder_hidden_states=encoded,
                encoder_attention_mask=seen,
                use_cache=True,
                return_dict=True,
                **{name: cache},
            )
            cache = out[name]
            last = out.last_hidden_state[:, -1]
            spectrum = head.feat_out(last).view(config.reduction_factor, config.num_mel_bins)
            frame = spectrum[-1:]
            over = float(torch.sigmoid(head.prob_out(last)).sum()) >= _STOP
        yield spectrum
        if over:
            return


def _longest(tokens: int, config: Any) -> int:
    """Maximum number of steps."""
    wanted: int = (tokens * _FRAMES_A_TOKEN + _FRAMES_MORE) // config.reduction_factor
    positions: int = config.max_speech_positions
    return min(wanted, positions)


def _prenet(prenet: Any, frame: Any, speaker: Any, step: int, generator: Any) -> Any:
    """SpeechT5SpeechDecoderPrenet for one frame, shape (1, 1, hidden).

    Its dropout stays active during inference (Tacotron 2, section 2.2).
    """
    import torch

    chance = prenet.config.speech_decoder_prenet_dropout
    for layer in prenet.layers:
        frame = torch.relu(layer(frame))
        drawn = torch.rand(frame.shape, generator=generator, device=frame.device)
        frame = frame * (drawn >= chance) / (1 - chance)
    places = prenet.encode_positions
    hidden = prenet.final_layer(frame) + places.alpha * places.pe[0, step]
    hidden = torch.relu(prenet.speaker_embeds_layer(torch.cat([hidden, speaker], dim=-1)))
    return hidden.unsqueeze(0)
