"""Runs openWakeWord on prepared audio, for `wake_words.py`, with the peers' Python.

    python open_wake_word.py AUDIO WEIGHTS MODEL... [--package MODEL]

AUDIO is a folder with `audio.i16` (16 kHz mono) and `index.json` (first sample and length of each
recording). The pipeline is the library's: melspectrogram of each 80 ms with 30 ms of context,
embedding of the last 76 frames, head on the last 16 embeddings. Prints JSON with all scores from
0.05 and the end times of their chunks. CPU time is for the whole process on one thread.
"""

import argparse
import ctypes
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pyopen_wakeword
from numpy.typing import NDArray
from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures
from pyopen_wakeword.wakeword import TfLiteWakeWord

RATE_HZ = 16_000
CHUNK = 1_280
CONTEXT = 480
LEAST = 0.05
PACKAGE_S = 600
"""Minimum audio for measuring the package's cost, in seconds."""

Embedding = NDArray[np.float32]


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class Features:
    """Streaming melspectrogram and embedding."""

    def __init__(self, weights: Path) -> None:
        self._mel = session(weights / "melspectrogram.onnx")
        self._embed = session(weights / "embedding_model.onnx")
        self.reset()

    def reset(self) -> None:
        """Start with a spectrogram of ones, as the library does."""
        self._frames = np.ones((76, 32), np.float32)
        self._tail = np.zeros(CONTEXT, np.float32)

    def step(self, chunk: NDArray[np.int16]) -> Embedding:
        """The embedding after the next 80 ms; shape (96,)."""
        audio = np.concatenate((self._tail, chunk.astype(np.float32)))
        self._tail = audio[-CONTEXT:]
        frames = self._mel.run(None, {"input": audio[None]})[0].reshape(-1, 32) / 10 + 2
        self._frames = np.concatenate((self._frames, frames))[-76:]
        window = np.ascontiguousarray(self._frames[None, :, :, None], np.float32)
        embedding: Embedding = self._embed.run(None, {"input_1": window})[0].reshape(96)
        return embedding


def chunks(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    """Chunks of 80 ms, the last padded with silence."""
    for start in range(0, len(samples), CHUNK):
        chunk = samples[start : start + CHUNK]
        yield np.pad(chunk, (0, CHUNK - len(chunk)))


def first_memory(features: Features) -> Embedding:
    """Initial embeddings from four seconds of noise, as in the library; shape (16, 96)."""
    random = np.random.default_rng(0)
    features.reset()
    noise = random.integers(-1_000, 1_000, 4 * RATE_HZ).astype(np.int16)
    return np.stack([features.step(chunk) for chunk in chunks(noise)])[-16:]


def onnx(
    weights: Path, models: list[str], recordings: list[NDArray[np.int16]]
) -> dict[str, dict[str, object]]:
    """Run each head on each recording; returns scores, and the cost including features."""
    features = Features(weights)
    start = first_memory(features)
    heads = {name: session(weights / f"{name}.onnx") for name in models}
    found: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in models}
    cost = dict.fromkeys([*models, "features"], 0.0)
    for samples in recordings:
        features.reset()
        memory = start
        for name in models:
            found[name].append([])
        for count, chunk in enumerate(chunks(samples), 1):
            began = time.process_time()
            memory = np.concatenate((memory[1:], features.step(chunk)[None]))
            cost["features"] += time.process_time() - began
            for name, head in heads.items():
                began = time.process_time()
                score = float(head.run(None, {head.get_inputs()[0].name: memory[None]})[0].item())
                cost[name] += time.process_time() - began
                if score >= LEAST:
                    found[name][-1].append((count * CHUNK / RATE_HZ, score))
    shared = sum(
        (weights / f"{n}.onnx").stat().st_size for n in ("melspectrogram", "embedding_model")
    )
    audio_s = sum(map(len, recordings)) / RATE_HZ
    return {
        name: {
            "candidates": found[name],
            "cpu_per_s": (cost["features"] + cost[name]) / audio_s,
            "bytes": shared + (weights / f"{name}.onnx").stat().st_size,
        }
        for name in models
    }


def package(name: str, recordings: list[NDArray[np.int16]]) -> dict[str, object]:
    """Cost of the same with pyopen-wakeword, which uses TensorFlow Lite."""
    on_one_thread()
    features = OpenWakeWordFeatures.from_builtin()
    head = OpenWakeWord.from_builtin(Model(name))
    # It first processes eight seconds of silence, which must not count.
    for embedding in features.process_streaming(np.zeros(CHUNK, np.int16).tobytes()):
        list(head.process_streaming(embedding))
    began, samples = time.process_time(), 0
    for recording in recordings:
        if samples > PACKAGE_S * RATE_HZ:
            break
        for chunk in chunks(recording):
            samples += CHUNK
            for embedding in features.process_streaming(chunk.tobytes()):
                list(head.process_streaming(embedding))
    folder = Path(pyopen_wakeword.__file__).parent / "models"
    used = ("melspectrogram", "embedding_model", name)
    return {
        "cpu_per_s": (time.process_time() - began) / (samples / RATE_HZ),
        "bytes": sum((folder / f"{one}.tflite").stat().st_size for one in used),
    }


def on_one_thread() -> None:
    """Patch the package, which has no such option: idle threads cost CPU time, too."""
    original = TfLiteWakeWord.__init__

    def with_options(self: TfLiteWakeWord, library: Path) -> None:
        original(self, library)
        new = self.lib.TfLiteInterpreterOptionsCreate
        new.restype = ctypes.c_void_p
        options = ctypes.c_void_p(new())
        self.lib.TfLiteInterpreterOptionsSetNumThreads(options, ctypes.c_int32(1))
        create = self.lib.TfLiteInterpreterCreate
        self.lib.TfLiteInterpreterCreate = lambda model, _: create(model, options)

    TfLiteWakeWord.__init__ = with_options


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("audio", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--package", metavar="MODEL", help="model of pyopen-wakeword")
    arguments = parser.parse_args()
    samples = np.memmap(arguments.audio / "audio.i16", np.int16, "r")
    index = json.loads((arguments.audio / "index.json").read_text())
    recordings = [samples[start : start + length] for start, length in index]
    results = onnx(arguments.weights, arguments.models, recordings)
    if arguments.package:
        results[f"pyopen {arguments.package}"] = package(arguments.package, recordings)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
