"""The voice assistant of the Hugging Face audio course, written from its description.

It classifies two seconds of audio every quarter of a second for the wake word, records five
seconds, transcribes all of it, waits for the whole answer of the language model, synthesises all of
it, and plays it. Its recogniser is called as in the course, in float32. The course asks a server's
language model and speaks with SpeechT5; here both are Marvin's own models, whole.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.checkpoints import make_ast, once
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tts import KokoroConfig

RATE_HZ = 16_000
WINDOW_S = 5.0
"""Length of the recording after the wake word."""
CHUNK_S = 2.0
STEP_S = 0.25
"""Window and hop of its wake word model."""

Samples = NDArray[np.float32]


class Course:
    """The course's functions launch_fn, transcribe, query and synthesise."""

    def __init__(self, folder: Path, threads: int) -> None:
        """`folder` has the checkpoint of the wake word model. Models are loaded on first use."""
        import torch
        from transformers.utils import logging

        torch.set_num_threads(threads)
        logging.set_verbosity_error()
        self._folder = folder
        self._threads = threads
        self._parts: dict[str, Any] = {}

    def listens(self, samples: Samples) -> None:
        """Detect the wake word in all of the audio."""
        classifier = self._pipeline("audio-classification", once(self._folder / "ast", make_ast))
        chunk, step = round(CHUNK_S * RATE_HZ), round(STEP_S * RATE_HZ)
        for end in range(step, len(samples) + 1, step):
            window = samples[max(0, end - chunk) : end]
            classifier({"raw": window, "sampling_rate": RATE_HZ})

    def transcribe(self, samples: Samples, model: str, **more: object) -> str:
        """`more` goes to `generate`, which by default uses five beams in transformers 5."""
        recogniser = self._pipeline("automatic-speech-recognition", model)
        result = recogniser(
            {"raw": samples, "sampling_rate": RATE_HZ},
            generate_kwargs=more,
        )
        text: str = result["text"]
        return text

    def query(self, text: str, model: str, instructions: str, max_tokens: int) -> str:
        """The complete answer, greedily like Marvin's."""
        writer = self._pipeline("text-generation", model)
        messages = [
            {"role": "system", "content": instructions},
            {"role": "user", "content": text},
        ]
        (answer,) = writer(messages, max_new_tokens=max_tokens, do_sample=False)
        content: str = answer["generated_text"][-1]["content"]
        return content

    def synthesise(self, text: str, kokoro: str) -> Sequence[Samples]:
        """The complete speech."""
        if "voice" not in self._parts:
            from marvin.tts.kokoro.kokoro import KokoroSynthesizer

            config = KokoroConfig(model=kokoro, early_audio=False)
            voice = KokoroSynthesizer.load(config, Place("cpu", "float32", self._threads))
            voice.warm()
            self._parts["voice"] = voice
        chunks = self._parts["voice"].synthesize(text, CancelToken())
        return [chunk.samples for chunk in chunks]

    def _pipeline(self, task: str, model: str | Path) -> Any:
        from transformers import pipeline

        key = f"{task} {model}"
        if key not in self._parts:
            self._parts[key] = pipeline(task, model=str(model), device="cpu")
        return self._parts[key]
