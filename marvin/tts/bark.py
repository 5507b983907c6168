"""Speech synthesis by Bark: three GPTs from text to semantic tokens to coarse and fine codes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.checkpoint import load_model, load_processor
from marvin.backends.pretrained.lock import transformers_lock
from marvin.backends.pretrained.stopping import stoppable
from marvin.cancellation import CancelToken
from marvin.config.problems import closest
from marvin.errors import ModelLoadError
from marvin.hub.source import Source
from marvin.tts.letters import readable
from marvin.tts.pieces import pieces, speakable
from marvin.tts.randomness import seeded
from marvin.tts.waveform import chunks, computing, samples_of

if TYPE_CHECKING:
    from marvin.backends.pretrained.place import Place
    from marvin.config.tts import BarkConfig
    from marvin.types import AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

_LETTERS = 160
"""Maximum length of a piece. The model stops after 15 s, and rushes longer text."""

_END = 0.2
"""Minimum probability of the end token at which to stop, as in suno's code; without it Bark keeps
talking after the text."""

_TOKENS = 768
"""Maximum length in suno's code, in semantic tokens, 50 per second."""

_TOKENS_A_LETTER, _TOKENS_MORE = 8, 150
"""Maximum length for a text: half the speed of normal speech, plus 3 s."""


class BarkSynthesizer:
    """A Bark voice. `[laughs]` and `♪` are passed through to the model."""

    def __init__(self, model: Any, processor: Any, preset: Any, config: BarkConfig) -> None:
        self._model = model
        self._processor = processor
        self._letters = _letters(processor)
        self._preset = preset
        self._config = config
        self.language = config.reads
        """ISO 639-1 code, for the words of numbers."""

    @classmethod
    def load(cls, config: BarkConfig, place: Place) -> BarkSynthesizer:
        """Raises ModelMissingError, ModelLoadError, DeviceFailedError."""
        with transformers_lock:
            from transformers import BarkModel, BarkProcessor

        source = Source("tts.model", config.model, config.revision)
        processor = load_processor(BarkProcessor, source)
        if not _letters(processor):
            raise ModelLoadError(f"{source}: the vocabulary of its tokenizer is missing")
        preset = _preset(processor, config.voice_preset, source)
        offload = config.offload and place.device.startswith("cuda")
        if config.offload and not offload:
            _LOGGER.warning("tts.offload is for CUDA; it has no effect on %s", place.device)
        model = load_model(BarkModel, source, replace(place, device="cpu") if offload else place)
        with computing(config.model):
            # In bfloat16, with 8 bits of precision, the audio hisses; and the codec is small.
            model.codec_model.float()
            if offload:
                _offload(model, place.device)
            preset = preset.to(model.device)
        return cls(model, processor, preset, config)

    def warm(self) -> None:
        """The first run is the slowest. Only one word, because Bark is slow."""
        self._say("Yes.", CancelToken(), longest=10)

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio piece by piece.

        Raises:
            SynthesisError: The model does not know the script, or failed.
            DeviceFailedError: The device failed.
            Cancelled: The token was cancelled.
        """
        token.check()
        if not speakable(sentence):
            return
        text = readable(sentence, self._letters, self._config.model)
        spoken = (self._say(piece, token) for piece in pieces(text, _LETTERS))
        yield from chunks(spoken, self._model.generation_config.sample_rate)

    def _say(self, piece: str, token: CancelToken, longest: int | None = None) -> Samples:
        model, config = self._model, self._config
        published = model.generation_config.semantic_config.get("max_new_tokens", _TOKENS)
        if longest is None:
            longest = len(piece) * _TOKENS_A_LETTER + _TOKENS_MORE
        models = (model.semantic, model.coarse_acoustics, model.fine_acoustics)
        layers = [layer for part in (*models, model.codec_model.decoder) for layer in part.layers]
        with (
            computing(config.model),
            stoppable(token, *layers),
            seeded(config.seed),
        ):
            waveform = model.generate(
                **self._processor(piece).to(model.device),
                history_prompt=self._preset,
                semantic_max_new_tokens=min(longest, published),
                semantic_temperature=config.temperature,
                semantic_do_sample=True,
                coarse_temperature=config.temperature,
                coarse_do_sample=True,
                min_eos_p=_END,
            )
            return samples_of(waveform, config.model)


def _letters(processor: Any) -> frozenset[str]:
    """Single characters in the tokenizer's vocabulary."""
    words = (word.removeprefix("##") for word in processor.tokenizer.get_vocab())
    return frozenset(word for word in words if len(word) == 1)


def _preset(processor: Any, name: str, source: Source) -> Any:
    """A speaker's semantic_prompt, coarse_prompt and fine_prompt."""
    known = sorted(processor.available_voice_presets)
    if name not in known:
        raise ModelLoadError(
            f"tts.voice_preset: {source.name} has no {name!r}"
            + (closest(name, known) if known else "; its voice presets are missing")
        )
    try:
        return processor("", voice_preset=name)["history_prompt"]
    except (OSError, ValueError, TypeError, EOFError) as error:
        line = str(error).strip().partition("\n")[0]
        raise ModelLoadError(
            f"tts.voice_preset: {name!r} of {source.name} cannot be read: {line}"
        ) from error


def _offload(model: Any, device: str) -> None:
    if hasattr(model, "codec_model_hook"):
        return  # Already offloaded.
    try:
        model.enable_cpu_offload(int(device.partition(":")[2] or 0))
    except ImportError as error:
        raise ModelLoadError(
            "tts.offload needs accelerate, which is missing: `pip install accelerate`"
        ) from error
