"""Word error rate of Marvin's voices, as Whisper base hears them.

    python -m benchmarks.accuracy.voice_intelligibility --whisper FOLDER [--kokoro FOLDER]
        [--voices espeak:en-us kokoro:af_heart "kokoro:af_heart, bf_emma" vits:FOLDER]
        [--sentences 100] [--language fr] [--whole] [-v]

Each voice says the sentences of voice_sentences.txt (numbers, times, names, abbreviations) as
Marvin would, text normalization included. The whole audio of a sentence is transcribed by
transformers' Whisper (greedy, 30 s window), both texts go through Whisper's English normaliser, and
the errors of all sentences are divided by their words. Every digit counts as a word, as "6:45" may
be written as "6.45" or "645". Kokoro cuts within clauses, and VITS within sounds, as on a machine
that needs 0.3 s for a second of speech; `--whole` turns that off. Also prints CPU seconds for a
second of audio.

`vits` is the engine `mms` with a published VITS (`python -m tests.published piper-joe` prints its
FOLDER), which reads phonemes by espeak-ng, as no weights of MMS could be fetched.

In another `--language` the sentences are Marvin's own replies, and Whisper's basic normaliser is
used.
"""

import argparse
import re
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tables import ENGLISH, LANGUAGES, Config
from marvin.config.tts import EspeakConfig, KokoroConfig
from marvin.engines.registry import load_synthesizer
from marvin.languages.language import language
from marvin.stt.sounds import distance
from marvin.tts.espeak import EspeakSynthesizer
from marvin.tts.normalization import normalize
from marvin.types import RATE_HZ, AudioChunk, Samples
from tests.checkpoints.piper import PiperVoice

SILENCE_S = 0.3
"""Silence before and after each sentence."""
SPELLING = {
    "kilometres": "kilometers",
    "metres": "meters",
    "litre": "liter",
}
"""British to American, which is a part of the normaliser."""
WORK = 0.3
"""Assumed work per second of speech, which determines where Kokoro cuts."""


@dataclass(frozen=True, slots=True)
class HeardSentence:
    said: str
    heard: str
    errors: int
    words: int


def load_voice(voice: str, kokoro: Path | None, whole: bool) -> Any:
    engine, _, name = voice.partition(":")
    if engine == "vits":
        return PiperVoice(Path(name), early_audio=not whole)
    if engine == "espeak":
        return load_synthesizer(Config(tts=EspeakConfig(voice=name)), Place(threads=1))
    model = {} if kokoro is None else {"model": str(kokoro)}
    table = KokoroConfig(voice=name, early_audio=not whole, **model)
    loaded: Any = load_synthesizer(Config(tts=table), Place(threads=1))
    loaded.warm()
    return loaded


class Listener:
    """Whisper, without Marvin's fast paths."""

    def __init__(self, folder: Path, code: str = ENGLISH) -> None:
        from transformers import WhisperForConditionalGeneration, WhisperProcessor
        from transformers.models.whisper.english_normalizer import (
            BasicTextNormalizer,
            EnglishTextNormalizer,
        )

        # Packages carry float16.
        whisper = WhisperForConditionalGeneration.from_pretrained(folder, dtype="float32")
        self._model: Any = whisper.eval()
        self._processor: Any = WhisperProcessor.from_pretrained(folder)
        self._code = code
        english = code == ENGLISH
        self._normal: Any = EnglishTextNormalizer(SPELLING) if english else BasicTextNormalizer()

    def hear(self, text: str, audio: Samples) -> HeardSentence:
        import torch

        padded = np.pad(audio, round(SILENCE_S * RATE_HZ))
        features = self._processor(padded, sampling_rate=RATE_HZ, return_tensors="pt")
        with torch.inference_mode():
            written = self._model.generate(
                features.input_features, language=self._code, task="transcribe", num_beams=1
            )
        heard = self._processor.batch_decode(written, skip_special_tokens=True)[0].strip()
        said_words, heard_words = self._words(text), self._words(heard)
        return HeardSentence(text, heard, distance(said_words, heard_words), len(said_words))

    def _words(self, text: str) -> list[str]:
        return re.findall(r"\d|[^\W\d]+", self._normal(text))


def spoken(voice: Any, text: str) -> tuple[Samples, float]:
    """Audio at Whisper's rate, and this process's CPU seconds."""
    engine = getattr(voice, "engine", voice)
    if hasattr(engine, "_pace"):
        engine._pace.work, engine._heard_until = WORK, 0.0
    began = time.process_time()
    chunks = list(voice.synthesize(normalize(text, voice.language), CancelToken()))
    work_s = time.process_time() - began
    return for_whisper(chunks), work_s


def for_whisper(chunks: Sequence[AudioChunk]) -> Samples:
    samples = np.concatenate([chunk.samples for chunk in chunks])
    audio: Samples = soxr.resample(samples, chunks[0].rate_hz, RATE_HZ).astype(np.float32)
    return audio


def listen(listener: Listener, voice: Any, texts: Sequence[str], verbose: bool) -> str:
    """A line of the report."""
    heard: list[HeardSentence] = []
    audio_s = work_s = 0.0
    for text in texts:
        audio, cost_s = spoken(voice, text)
        audio_s, work_s = audio_s + len(audio) / RATE_HZ, work_s + cost_s
        heard.append(listener.hear(text, audio))
    for one in heard if verbose else ():
        if one.errors:
            print(f"    {one.said} | {one.heard}")
    errors, words = sum(one.errors for one in heard), sum(one.words for one in heard)
    exact = sum(one.errors == 0 for one in heard)
    # espeak-ng works in a process of its own.
    cost = "" if isinstance(voice, EspeakSynthesizer) else f", {work_s / audio_s:.2f} CPU s per s"
    return (
        f"WER {errors / words:.1%} ({errors} of {words} words), {exact} of {len(heard)} exact, "
        f"{audio_s:.0f} s of audio{cost}"
    )


def sentences(code: str) -> list[str]:
    if code == ENGLISH:
        path = Path(__file__).with_name("voice_sentences.txt")
        return path.read_text(encoding="utf-8").splitlines()
    replies = sorted(language(code).replies.values())
    return [text for text in replies if len(text.split()) > 2 and not set(text) & set("{`")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--whisper", type=Path, required=True, help="folder of Whisper base")
    parser.add_argument("--kokoro", type=Path, help="folder of Kokoro; default: the fetched one")
    parser.add_argument("--voices", nargs="+", default=["espeak:en-gb", "kokoro:af_heart"])
    parser.add_argument("--sentences", type=int, default=100)
    parser.add_argument("--language", default=ENGLISH, choices=LANGUAGES)
    parser.add_argument("--whole", action="store_true", help="do not cut clauses")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print what was misheard")
    options = parser.parse_args()
    listener = Listener(options.whisper, options.language)
    texts = sentences(options.language)[: options.sentences]
    for name in options.voices:
        with closing(load_voice(name, options.kokoro, options.whole)) as voice:
            print(f"{name:32} {listen(listener, voice, texts, options.verbose)}", flush=True)


if __name__ == "__main__":
    main()
