"""A Kokoro of a few operators in which every phoneme is a tone of its own.

ONNX files are protocol buffers, of which so little is needed here that they are written by hand.
"""

# ruff: noqa: RUF001 (phonemes are written in IPA)

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 24_000
PHONEME_S = 0.05
"""At a speed of 1."""
VOCABULARY = {
    one: index
    for index, one in enumerate(
        ';:,.!?—… AIOQWYabdfhijklmnpstuvwzæðŋɑɐɒɔəɛɜɡɪɹʃʊʌʒʤʧˈˌːθᵊɾTᵻ', start=1
    )
}  # fmt: skip
SILENT = ";:,.!?—… ˈˌː"
LEVEL = 0.15
"""Amplitude, whose level is that of the other voices."""

_FLOAT, INT32, _INT64 = 1, 6, 7


def make_kokoro(folder: Path) -> Path:
    """With the voices af_one, bm_two (half as loud) and af_ramp, whose level is n / 100."""
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(network())
    (folder / "config.json").write_text(json.dumps({"vocab": VOCABULARY}))
    voice(folder, "af_one", np.ones(510))
    voice(folder, "bm_two", np.full(510, 0.5))
    ramp = styles(np.arange(1, 511) / (100 * LEVEL))
    np.save(folder / "voices" / "af_ramp.npy", ramp)
    return folder


def voice(folder: Path, name: str, loudness: NDArray[np.floating]) -> None:
    (folder / "voices" / f"{name}.bin").write_bytes(styles(loudness).tobytes())


def styles(loudness: NDArray[np.floating]) -> NDArray[np.float32]:
    found = np.zeros((len(loudness), 1, 256), np.float32)
    found[:, 0, 0] = loudness
    return found


def pitch_hz(phoneme: str) -> float:
    return 200.0 + 20.0 * VOCABULARY[phoneme]


def network(
    tokens: str = "tokens", audio: str = "audio", *, speed: int = _FLOAT, styled: bool = True
) -> bytes:
    """The ONNX file, by default as kokoro-onnx names its inputs."""
    style = "style" if styled else "full"
    most = round(2 * PHONEME_S * RATE_HZ)
    times = np.arange(most) / RATE_HZ
    tones = np.zeros((len(VOCABULARY) + 1, most), np.float32)
    for one, index in VOCABULARY.items():
        if one not in SILENT:
            tones[index] = LEVEL * np.sin(2 * np.pi * pitch_hz(one) * times)
    nodes = [
        _node("Gather", ["tones", tokens], "said"),
        _node("Cast", ["speed"], "rate", to=_FLOAT),
        _node("Div", ["normal", "rate"], "exact"),
        _node("Cast", ["exact"], "length", to=_INT64),
        _node("Slice", ["said", "zero", "length", "two"], "timed"),
        _node("Reshape", ["timed", "flat"], "wave"),
        _node("Slice", [style, "zero", "one", "one"], "first"),
        _node("Reshape", ["first", "one"], "loudness"),
        _node("Mul", ["wave", "loudness"], audio),
    ]
    constants = {
        "tones": tones,
        "normal": np.array([most / 2], np.float32),
        "full": np.ones((1, 256), np.float32),
        **{name: np.array([index]) for name, index in _NUMBERS.items()},
    }
    graph = [
        *(_bytes(1, node) for node in nodes),
        _bytes(2, b"kokoro"),
        *(_bytes(5, _tensor(name, value)) for name, value in constants.items()),
        _bytes(11, _value(tokens, _INT64, [1, "n"])),
        *([_bytes(11, _value("style", _FLOAT, [1, 256]))] * styled),
        _bytes(11, _value("speed", speed, [1])),
        _bytes(12, _value(audio, _FLOAT, ["samples"])),
    ]
    opset = _bytes(1, b"") + _number(2, 17)
    return _number(1, 8) + _bytes(7, b"".join(graph)) + _bytes(8, opset)


_NUMBERS = {"zero": 0, "one": 1, "two": 2, "flat": -1}


def _node(kind: str, inputs: Sequence[str], output: str, **attributes: int) -> bytes:
    named = b"".join(_bytes(1, name.encode()) for name in inputs)
    extra = b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items())
    return named + _bytes(2, output.encode()) + _bytes(4, kind.encode()) + extra


def _attribute(name: str, value: int) -> bytes:
    return _bytes(1, name.encode()) + _number(3, value) + _number(20, 2)


def _tensor(name: str, value: NDArray[np.generic]) -> bytes:
    dims = b"".join(_number(1, dim) for dim in value.shape)
    kind = _FLOAT if value.dtype == np.float32 else _INT64
    return dims + _number(2, kind) + _bytes(8, name.encode()) + _bytes(9, value.tobytes())


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(
        _bytes(1, _number(1, dim) if isinstance(dim, int) else _bytes(2, dim.encode()))
        for dim in shape
    )
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, dims)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))
