"""The voice assistant of the Hugging Face audio course, written from its description.

It classifies two seconds of audio every quarter of a second for the wake word, records five
seconds, transcribes all of it, waits for the whole answer of the language model, synthesises all of
it, and plays it. Everything is called as in the course, in float32.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.checkpoints import make_ast, once, speecht5

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
        """`folder` has the checkpoints, which are loaded on first use."""
        import torch
        from transformers.utils import logging

        torch.set_num_threads(threads)
        logging.set_verbosity_error()
        self._folder = folder
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

    def query(self, text: str, base_url: str) -> str:
        """The complete answer of a chat server."""
        from huggingface_hub import InferenceClient

        client = InferenceClient(base_url=base_url, api_key="none")
        answer = client.chat_completion([{"role": "user", "content": text}], model="scripted")
        content: str = answer.choices[0].message.content or ""
        return content

    def synthesise(self, text: str) -> Samples:
        """The complete speech."""
        import torch

        if "voice" not in self._parts:
            self._parts["voice"] = self._voice()
        tokenizer, model, vocoder, speaker = self._parts["voice"]
        inputs = tokenizer(text, return_tensors="pt")
        with torch.no_grad():
            speech = model.generate_speech(inputs["input_ids"], speaker, vocoder=vocoder)
        samples: Samples = speech.cpu().numpy()
        return samples

    def _pipeline(self, task: str, model: str | Path) -> Any:
        from transformers import pipeline

        key = f"{task} {model}"
        if key not in self._parts:
            self._parts[key] = pipeline(task, model=str(model), device="cpu")
        return self._parts[key]

    def _voice(self) -> tuple[Any, ...]:
        import torch
        from transformers import SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5Tokenizer

        config = speecht5(self._folder / "speecht5")
        return (
            SpeechT5Tokenizer.from_pretrained(config.model),
            SpeechT5ForTextToSpeech.from_pretrained(config.model),
            SpeechT5HifiGan.from_pretrained(config.vocoder),
            torch.from_numpy(np.load(config.speaker))[None],
        )
