"""Speech by SpeechT5 (Ao et al., 2022) and a HiFi-GAN vocoder: English, any speaker by x-vector."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marvin.cancellation import CancelToken
from marvin.pretrained.checkpoint import load_model, load_processor
from marvin.pretrained.lock import transformers_lock
from marvin.pretrained.source import Source
from marvin.pretrained.stopping import stoppable
from marvin.tts.letters import readable
from marvin.tts.pieces import pieces, speakable
from marvin.tts.speakers import load_speaker
from marvin.tts.spectrogram import frames
from marvin.tts.vocoding import FIRST, growing
from marvin.tts.waveform import chunks, computing, samples_of

if TYPE_CHECKING:
    from marvin.config.tts import SpeechT5Config
    from marvin.pretrained.place import Place
    from marvin.types import AudioChunk, Samples

_LETTERS = 150
"""Longest piece. The model takes 600 tokens, a letter each, but learned from sentences of this
length: longer ones lose words."""

_AHEAD = 0.35
"""Seconds of computing for a second of speech up to which sound is given out before its piece is
finished. A slower machine would fall behind the loudspeaker in the middle of a word: a window must
be made while the one before, two thirds as long, is heard."""

_WARM = "One two three four five."


class SpeechT5Synthesizer:
    """A voice of SpeechT5. Its numbers must be words already: it has no digits."""

    language = "en"

    def __init__(
        self, model: Any, vocoder: Any, tokenizer: Any, speaker: Any, config: SpeechT5Config
    ) -> None:
        self._model = model
        self._vocoder = vocoder
        self._tokenizer = tokenizer
        self._known = frozenset(tokenizer.get_vocab())
        self._speaker = speaker
        self._config = config
        self._ahead = False

    @classmethod
    def load(cls, config: SpeechT5Config, place: Place) -> SpeechT5Synthesizer:
        """Raises ModelMissingError, ModelLoadError, DeviceFailedError."""
        import torch

        with transformers_lock:
            from transformers import SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5Tokenizer

        source = Source("tts.model", config.model, config.revision)
        tokenizer = load_processor(SpeechT5Tokenizer, source)
        model = load_model(SpeechT5ForTextToSpeech, source, place)
        # Samples with the 8 bits of bfloat16 hiss, and the vocoder is small.
        vocoder = load_model(
            SpeechT5HifiGan,
            Source("tts.vocoder", config.vocoder),
            replace(place, dtype="float32"),
        )
        vector = load_speaker(config.speaker, model.config.speaker_embedding_dim)
        with computing(config.model):
            speaker = torch.from_numpy(vector).unsqueeze(0).to(place.device)
        return cls(model, vocoder, tokenizer, speaker, config)

    def warm(self) -> None:
        """The first use takes longest; the second tells whether this machine keeps ahead."""
        self._ahead = False
        token = CancelToken()
        for _ in self.synthesize(_WARM, token):
            pass
        began = time.perf_counter()
        speech_s = sum(chunk.duration_s for chunk in self.synthesize(_WARM, token))
        self._ahead = time.perf_counter() - began < _AHEAD * speech_s

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio piece by piece, and within a piece where the machine is fast enough.

        Raises:
            SynthesisError: The sentence is in a script that the model has not learned, or the
                model failed.
            DeviceFailedError: Its device failed.
            Cancelled: The token was cancelled.
        """
        token.check()
        if not speakable(sentence):
            return
        text = readable(sentence, self._known, self._config.model)
        spoken = (part for piece in pieces(text, _LETTERS) for part in self._say(piece, token))
        yield from chunks(spoken, self._vocoder.config.sampling_rate)

    def _say(self, piece: str, token: CancelToken) -> Iterator[Samples]:
        import torch

        with computing(self._config.model):
            device = self._speaker.device
            ids = self._tokenizer(piece, return_tensors="pt").input_ids.to(device)
            dropout = torch.Generator(device)
            if self._config.seed is None:
                dropout.seed()
            else:
                dropout.manual_seed(self._config.seed)
            spectrogram = frames(self._model, ids, self._speaker, dropout, token)
            first = FIRST if self._ahead else None
            for waveform in growing(spectrogram, lambda part: self._sound(part, token), first):
                yield samples_of(waveform, self._config.model)

    def _sound(self, spectrogram: Any, token: CancelToken) -> Any:
        """Waveform, shape (samples,), of frames, shape (frames, mels)."""
        import torch

        with stoppable(token, *self._vocoder.resblocks), torch.inference_mode():
            refined = self._model.speech_decoder_postnet.postnet(spectrogram.unsqueeze(0))
            return self._vocoder(refined.float()).squeeze(0)
