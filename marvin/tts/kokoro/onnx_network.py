"""Kokoro's network in onnxruntime, from any of the published layouts.

kokoro-onnx has `tokens`, `style` and `speed`, and its vocabulary in config.json; onnx-community
has `input_ids` and its vocabulary in tokenizer.json. Students distilled from it (MithrilMan's
teacher-in-the-loop, Paradee) have one network for each voice, without `style`, and may have no
vocabulary.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.boundary.files import read_json
from marvin.errors import DeviceFailedError, ModelLoadError, SynthesisError
from marvin.hub.present import onnx_weights, student_weights
from marvin.tts.kokoro.kokoro_vocabulary import KOKORO_VOCABULARY
from marvin.tts.kokoro.voice_styles import STYLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from marvin.cancellation import CancelToken
    from marvin.hub.source import Source
    from marvin.types import Samples

RATE_HZ = 24_000
_PADDING = 0
"""Token before and behind the phonemes."""


class KokoroNetwork:
    """Phoneme tokens and a style in, a waveform out."""

    def __init__(self, session: Any, vocabulary: dict[str, int], source: Source) -> None:
        self._session = session
        self._source = source
        self.vocabulary = vocabulary
        self._tokens, self.has_styles, self._speed = _inputs(session, source)

    @classmethod
    def load(cls, folder: Path, source: Source, voice: str, threads: int) -> KokoroNetwork:
        """`voice` selects a student. Raises ModelLoadError."""
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelLoadError(
                'tts.engine = "kokoro" needs onnxruntime, which is missing: '
                "`pip install onnxruntime`"
            ) from error
        path = _graph(folder, source, voice)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Waiting threads would otherwise spin: half as much CPU time again for no speed.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except MemoryError as error:
            raise DeviceFailedError(f"{source}: out of memory") from error
        except Exception as error:  # onnxruntime's have no base of their own
            raise ModelLoadError(f"{source}: {path} cannot be loaded: {_line(error)}") from error
        return cls(session, _vocabulary(folder, source), source)

    def tokens(self, phonemes: str) -> list[int]:
        """Unknown characters are left out."""
        return [self.vocabulary[one] for one in phonemes if one in self.vocabulary]

    def run(
        self, tokens: list[int], style: NDArray[np.float32], speed: float, token: CancelToken
    ) -> Samples:
        """A network without styles ignores `style`.

        Raises SynthesisError, DeviceFailedError, Cancelled, which also ends a run."""
        import onnxruntime

        token.check()
        options = onnxruntime.RunOptions()
        options.log_severity_level = 4
        inputs = {
            self._tokens: np.array([[_PADDING, *tokens, _PADDING]], np.int64),
            "speed": np.array([speed], self._speed),
        }
        if self.has_styles:
            inputs["style"] = style.reshape(1, STYLE)

        def stop() -> None:
            options.terminate = True

        with token.on_cancel(stop):
            try:
                waveform = self._session.run(None, inputs, options)[0]
            except MemoryError as error:
                raise DeviceFailedError(f"{self._source}: out of memory") from error
            except Exception as error:  # onnxruntime's have no base of their own
                token.check()
                raise SynthesisError(f"{self._source} failed: {_line(error)}") from error
        token.check()
        samples: Samples = np.asarray(waveform, np.float32).reshape(-1)
        if not np.isfinite(samples).all():
            raise SynthesisError(f"{self._source} produced NaN: its files are broken")
        return samples


def _graph(folder: Path, source: Source, voice: str) -> Path:
    """That of the voice, if each has one."""
    students = student_weights(folder)
    path = students.get(voice) or onnx_weights(folder)
    if path is None:
        raise ModelLoadError(f"{source}: {folder} has no model.onnx")
    if voice not in students and path in students.values():
        raise ModelLoadError(
            f"tts.voice = {voice!r}: {source} has a network for each voice, which cannot be "
            f"mixed: {', '.join(students)}"
        )
    return path


def _inputs(session: Any, source: Source) -> tuple[str, bool, type[np.generic]]:
    """The name of the tokens, whether there is a style, and the number format of the speed."""
    formats = {one.name: one.type for one in session.get_inputs()}
    tokens = next((name for name in ("tokens", "input_ids") if name in formats), None)
    others = set(formats) - {tokens, "style"}
    if tokens is None or others != {"speed"}:
        raise ModelLoadError(
            f"{source}: its inputs are {', '.join(formats)}; a Kokoro has tokens, style and speed"
        )
    return tokens, "style" in formats, np.int32 if "int32" in formats["speed"] else np.float32


def _vocabulary(folder: Path, source: Source) -> dict[str, int]:
    for name, keys in (("config.json", ("vocab",)), ("tokenizer.json", ("model", "vocab"))):
        try:
            found: Any = read_json(folder / name)
            for key in keys:
                found = found[key]
            if found and all(isinstance(index, int) for index in found.values()):
                return dict(found)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise ModelLoadError(f"{source}: {folder / name} cannot be read: {error}") from error
        except (KeyError, TypeError, AttributeError):
            pass
    if student_weights(folder):
        return KOKORO_VOCABULARY
    raise ModelLoadError(f"{source}: neither config.json nor tokenizer.json has its phonemes")


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
