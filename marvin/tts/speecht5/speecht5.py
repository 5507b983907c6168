"""Speech synthesis by SpeechT5 (Ao et al., 2022) and HiFi-GAN: English, speakers by x-vector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.checkpoint import load_model, load_processor
from marvin.backends.pretrained.lock import transformers_lock
from marvin.cancellation import CancelToken
from marvin.hub.source import Source
from marvin.tts.letters import readable
from marvin.tts.pace import Pace
from marvin.tts.pieces import pieces, speakable
from marvin.tts.speecht5.postnet import LATE, RefinedSound
from marvin.tts.speecht5.speakers import load_speaker
from marvin.tts.speecht5.spectrogram import frames
from marvin.tts.vocoding import in_windows
from marvin.tts.waveform import chunks, computing, samples_of

if TYPE_CHECKING:
    from marvin.backends.pretrained.place import Place
    from marvin.config.tts import SpeechT5Config
    from marvin.types import AudioChunk, Samples

_LETTERS = 150
"""Maximum length of a piece. The model accepts 600 tokens, one per letter, but was trained on
sentences of this length: longer ones lose words."""

_WARM = "One two three four five."


class SpeechT5Synthesizer:
    """A SpeechT5 voice. Numbers must be spelled out: its vocabulary has no digits."""

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
        self._pace = Pace(vocoder.config.sampling_rate)

    @classmethod
    def load(cls, config: SpeechT5Config, place: Place) -> SpeechT5Synthesizer:
        """Raises ModelMissingError, ModelLoadError, DeviceFailedError."""
        import torch

        with transformers_lock:
            from transformers import SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5Tokenizer

        source = Source("tts.model", config.model, config.revision)
        tokenizer = load_processor(SpeechT5Tokenizer, source)
        model = load_model(SpeechT5ForTextToSpeech, source, place)
        # In bfloat16, with 8 bits of precision, the audio hisses; and the vocoder is small.
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
        """The first run is the slowest; the second measures the machine's speed."""
        for _ in range(2):
            self._pace.forget()
            for _ in self.synthesize(_WARM, CancelToken()):
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
            sizes = self._pace.sizes() if self._config.early_audio else iter(())
            sound = RefinedSound(self._model.speech_decoder_postnet, self._vocoder, token)
            windows = in_windows((one.T.unsqueeze(0) for one in spectrogram), sizes, LATE, sound)
            yield from self._pace.timed(samples_of(one, self._config.model) for one in windows)
