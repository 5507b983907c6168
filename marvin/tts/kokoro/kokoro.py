"""Speech synthesis by Kokoro-82M (StyleTTS 2 with ISTFTNet), clause by clause."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from marvin.backends.espeak.process import EspeakDiedError, EspeakProcess
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.voice_mix import LANGUAGE_VOICES, espeak_voice
from marvin.errors import ModelLoadError, SynthesisError
from marvin.hub.source import Source, locate
from marvin.tts.kokoro.clause_audio import gain, trimmed, with_pause
from marvin.tts.kokoro.early_clauses import MOST, cost_s, cut, letters_in
from marvin.tts.kokoro.kokoro_phonemes import phonemes, runs
from marvin.tts.kokoro.onnx_network import RATE_HZ, KokoroNetwork
from marvin.tts.kokoro.voice_styles import load_styles, no_styles
from marvin.tts.letters import check_read, script
from marvin.tts.pace import Pace
from marvin.tts.pieces import speakable
from marvin.tts.waveform import chunks

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from marvin.backends.pretrained.place import Place
    from marvin.config.tts import KokoroConfig
    from marvin.types import AudioChunk, Samples

_NOTHING = np.zeros(0, np.float32)
_LONGEST = 510
"""Phonemes in a run: of the network's context of 512 tokens, two are padding."""
_SLOW = 0.7
"""Real-time factor above which a clause is not done before the one before has been heard."""
_MOST_AHEAD_S = 1.5
"""Of what was spoken before that a sentence relies on."""
_WARM = "It is ten past nine."
_UNFINISHED = ","
"""Closes a clause that was cut before a word."""


class KokoroSynthesizer:
    """A voice, or a mix of voices."""

    def __init__(
        self,
        network: KokoroNetwork,
        styles: NDArray[np.float32],
        espeak: EspeakProcess,
        config: KokoroConfig,
        clock: Callable[[], float] = time.monotonic,
        folder: Path | None = None,
    ) -> None:
        """`folder` has more voices."""
        self._folder = folder
        self._network = network
        self._styles = styles
        self._espeak = espeak
        self._config = config
        self._reader = espeak_voice(config.voice)
        self.language = config.reads
        """ISO 639-1 code, for the words of numbers."""
        self._pace = Pace(RATE_HZ)
        self._gain = 1.0
        self._clock = clock
        self._heard_until = 0.0
        """When all that was spoken will have been heard."""
        self._longest = min(_LONGEST, len(styles))

    @classmethod
    def load(cls, config: KokoroConfig, place: Place) -> KokoroSynthesizer:
        """Raises ModelMissingError, ModelLoadError, DeviceFailedError."""
        source = Source("tts.model", config.model, config.revision)
        folder = locate(source)
        network = KokoroNetwork.load(folder, source, config.voice, place.threads)
        styles = load_styles(folder, config.voice) if network.has_styles else no_styles(_LONGEST)
        espeak = EspeakProcess()
        espeak.start()
        return cls(network, styles, espeak, config, folder=folder)

    def in_language(self, language: str) -> KokoroSynthesizer | None:
        """Another voice of the same network; None if Kokoro does not speak the language.

        Raises:
            ModelLoadError: The voice is not in the folder.
        """
        if language not in LANGUAGE_VOICES or self._folder is None or not self._network.has_styles:
            return None
        config = self._config.model_copy(update={"voice": LANGUAGE_VOICES[language]})
        styles = load_styles(self._folder, config.voice)
        voice = KokoroSynthesizer(self._network, styles, self._espeak, config, self._clock)
        voice._gain = self._gain
        return voice

    def warm(self) -> None:
        """The first run is the slowest; the second measures the machine and the voice's level."""
        self._gain = 1.0
        for _ in range(2):
            self._pace.forget()
            spoken = [_NOTHING, *self._clauses(_WARM, CancelToken())]
        self._gain = gain(np.concatenate(spoken))

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio clause by clause.

        Raises:
            SynthesisError: The voice does not know the script, or the network or espeak-ng failed.
            DeviceFailedError: Out of memory.
            Cancelled: The token was cancelled, which also ends the clause being synthesised.
        """
        token.check()
        self._check_script(sentence)
        try:
            for chunk in chunks(self._clauses(sentence, token), RATE_HZ):
                # The next clause is synthesised as soon as this one is passed on.
                self._heard_until = max(self._heard_until, self._clock()) + chunk.duration_s
                yield chunk
        except (Cancelled, GeneratorExit):
            self._heard_until = 0.0
            raise

    def _clauses(self, sentence: str, token: CancelToken) -> Iterator[Samples]:
        rest = " ".join(sentence.split())
        # No more, as an interruption may have been silent about what is not heard any more.
        ahead_s = min(max(0.0, self._heard_until - self._clock()), _MOST_AHEAD_S)
        while rest:
            end = cut(rest, self._letters(ahead_s), within=self._within())
            clause, rest = rest[:end].strip(), rest[end:].strip()
            samples = self._say(clause, token, goes_on=bool(rest))
            if len(samples):
                yield samples
                said_s = len(samples) / RATE_HZ
                ahead_s = max(0.0, ahead_s - cost_s(said_s, self._pace.work)) + said_s

    def _check_script(self, sentence: str) -> None:
        known = {"Latin", "Devanagari"} if self.language == "hi" else {"Latin"}
        letters = [letter for letter in sentence if letter.isalpha()]
        lost = [letter for letter in letters if script(letter) not in known]
        check_read(lost, len(letters), "voice", self._config.voice)

    def _letters(self, ahead_s: float) -> int:
        return letters_in(ahead_s, self._pace.work) if self._config.early_audio else MOST

    def _within(self) -> bool:
        """Whether to cut within a clause: nobody would wait for the rest."""
        work = self._pace.work
        return self.language == "en" and work is not None and work < _SLOW

    def _say(self, clause: str, token: CancelToken, *, goes_on: bool) -> Samples:
        said = self._phonemes(clause) if speakable(clause) else ""
        mark = said[-1:]
        if goes_on and mark.isalpha():
            said += _UNFINISHED
        spoken = [_NOTHING, *(self._run(part, token) for part in runs(said, self._longest))]
        return with_pause(np.concatenate(spoken), mark, RATE_HZ)

    def _phonemes(self, clause: str) -> str:
        try:
            return phonemes(
                clause, self._reader, lambda words: self._espeak.phonemes(words, self._reader)
            )
        except (EspeakDiedError, ModelLoadError) as error:
            raise SynthesisError(f"no speech: {error}") from error

    def _run(self, said: str, token: CancelToken) -> Samples:
        tokens = self._network.tokens(said)
        if not tokens:
            return _NOTHING
        style, speed = self._styles[len(tokens) - 1], self._config.speed
        samples = self._pace.run(lambda: self._network.run(tokens, style, speed, token))
        return trimmed((samples * np.float32(self._gain)).clip(-1.0, 1.0), RATE_HZ)

    def close(self) -> None:
        """Ends the espeak-ng process."""
        self._espeak.close()
