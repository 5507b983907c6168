"""Speech synthesis by MMS (Pratap et al., 2023): one VITS model per language."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.checkpoint import load_model, load_processor
from marvin.backends.pretrained.lock import transformers_lock
from marvin.backends.pretrained.stopping import input_of, stoppable
from marvin.cancellation import CancelToken
from marvin.errors import ModelLoadError, SynthesisError
from marvin.hub.source import Source
from marvin.tts.languages import two_letters
from marvin.tts.letters import readable
from marvin.tts.normalization.numerals import numerals
from marvin.tts.pace import Pace
from marvin.tts.pieces import pieces, speakable
from marvin.tts.randomness import seeded
from marvin.tts.vocoding import Vocoder, in_windows
from marvin.tts.waveform import chunks, computing, not_a_number, samples_of

if TYPE_CHECKING:
    from marvin.backends.pretrained.place import Place
    from marvin.config.tts import MmsConfig
    from marvin.types import AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

_LETTERS = 120
"""Maximum length of a piece, about 8 s: playback cannot start before its durations are known."""

_LATE = 13
"""Look-ahead in frames of VITS' decoder, a HiFi-GAN."""

_STEP = 4
"""Window granularity in frames."""

_MARKS = frozenset(".!?…,;:-–—。！？、，；：")  # noqa: RUF001
"""Kept for splitting the text. The tokenizer drops those that the model does not know."""

_FRAMES_A_TOKEN, _FRAMES_MORE = 30, 250
"""Maximum length at the model's own speaking rate, in frames of 16 ms. Normal speech has two or
three per token, counting blanks between letters."""


class MmsSynthesizer:
    """A voice for one language."""

    def __init__(
        self, model: Any, tokenizer: Any, romanize: Callable[[str], str], config: MmsConfig
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._romanize = romanize
        self.language = two_letters(tokenizer.language)
        """ISO 639-1 code for spelling out numbers."""
        self._letters = frozenset(word for word in tokenizer.get_vocab() if len(word) == 1)
        self._config = config
        self._pace = Pace(model.config.sampling_rate)

    @classmethod
    def load(cls, config: MmsConfig, place: Place) -> MmsSynthesizer:
        """Raises ModelMissingError, ModelLoadError, DeviceFailedError."""
        with transformers_lock:
            from transformers import VitsModel, VitsTokenizer

        source = Source("tts.model", config.model, config.revision)
        tokenizer = load_processor(VitsTokenizer, source)
        if tokenizer.phonemize:
            raise ModelLoadError(
                f"{source}: it takes phonemes, not letters; MMS models take letters"
            )
        romanize = _romanizer(source) if tokenizer.is_uroman else str
        # VITS accumulates durations: bfloat16 cannot represent integers beyond 256.
        if place.dtype != "float32":
            _LOGGER.info("%s runs in float32 instead of %s", source, place.dtype)
        model = load_model(VitsModel, source, replace(place, dtype="float32"))
        return cls(model, tokenizer, romanize, config)

    def warm(self) -> None:
        """The first run is the slowest; the second measures the machine's speed."""
        letters = sorted(filter(str.isalpha, self._letters))
        for _ in range(2):
            self._pace.forget()
            for _ in self._say("".join(letters[:20]), CancelToken()):
                pass

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio piece by piece, and streamed within a piece if the machine is fast enough.

        Raises:
            SynthesisError: The model does not know the script, or failed.
            DeviceFailedError: The device failed.
            Cancelled: The token was cancelled.
        """
        token.check()
        if not speakable(sentence):
            return
        sentence = numerals(sentence, self.language)
        text = readable(self._romanize(sentence), self._letters | _MARKS, self._config.model)
        spoken = (part for piece in pieces(text, _LETTERS) for part in self._say(piece, token))
        yield from chunks(spoken, self._model.config.sampling_rate)

    def _say(self, text: str, token: CancelToken) -> Iterator[Samples]:
        with computing(self._config.model):
            vocoder = Vocoder(self._model.decoder, token)
            sizes = self._pace.sizes() if self._config.early_audio else iter(())
            latents = self._latents(text, token).split(_STEP, -1)
            windows = in_windows(latents, sizes, _LATE, vocoder)
            yield from self._pace.timed(samples_of(one, self._config.model) for one in windows)

    def _latents(self, text: str, token: CancelToken) -> Any:
        """Decoder input, shape (1, channels, frames)."""
        import torch

        model, config = self._model, self._config
        model.speaking_rate = config.speaking_rate
        model.noise_scale = config.noise_scale
        model.noise_scale_duration = config.noise_scale_duration
        with (
            stoppable(token, model.duration_predictor, model.flow),
            seeded(config.seed),
            torch.inference_mode(),
            self._check_durations(),
        ):
            inputs = self._tokenizer(text, return_tensors="pt").to(model.device)
            return input_of(model.decoder, lambda: model(**inputs))

    @contextlib.contextmanager
    def _check_durations(self) -> Iterator[None]:
        """Checks predicted durations before memory for them is allocated.

        Raises:
            SynthesisError: They are absurdly long.
        """

        def check(module: Any, inputs: Any, log_durations: Any) -> None:
            longest = log_durations.shape[-1] * _FRAMES_A_TOKEN + _FRAMES_MORE
            wanted = float(log_durations.float().exp().sum())
            if math.isnan(wanted):
                raise not_a_number(self._config.model)
            if wanted > longest:
                raise SynthesisError(
                    f"tts.model = {self._config.model!r} predicts absurd durations"
                )

        hook = self._model.duration_predictor.register_forward_hook(check)
        try:
            yield
        finally:
            hook.remove()


def _romanizer(source: Source) -> Callable[[str], str]:
    try:
        import uroman
    except ImportError as error:
        raise ModelLoadError(
            f"{source}: it needs romanised text, and uroman, which romanises it, is missing: "
            "`pip install uroman`"
        ) from error
    # Not by the tokenizer: it reloads uroman's tables, which takes two seconds, for every text.
    romanize: Callable[[str], str] = uroman.Uroman().romanize_string
    return romanize
