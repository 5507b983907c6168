"""Converts a Whisper checkpoint for the peers: `python -m benchmarks.peers.ctranslate2_model FORMAT
CHECKPOINT PACKAGES FOLDER`.

Runs in Marvin's Python, which has transformers, in a separate process. CTranslate2's converter
comes from PACKAGES, the peers' packages, which have lower priority than Marvin's.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers import ggml
from benchmarks.peers.checkpoints import CHECKPOINTS, once
from benchmarks.peers.processes import ROOT

GGML = "ggml.bin"
FORMATS = ("int8", "float32", GGML)
"""Two formats of CTranslate2, and whisper.cpp's."""


def convert(checkpoint: Path, form: str, packages: Path) -> Path:
    """The folder of the converted checkpoint, in CHECKPOINTS."""

    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.peers.ctranslate2_model", form]
        subprocess.run([*command, checkpoint, packages, folder], check=True, cwd=ROOT)

    return once(CHECKPOINTS / f"{checkpoint.name}-{form}", make)


def main(form: str, checkpoint: Path, packages: Path, folder: Path) -> None:
    if form == GGML:
        from transformers import WhisperForConditionalGeneration, WhisperProcessor

        processor = WhisperProcessor.from_pretrained(checkpoint)
        model = WhisperForConditionalGeneration.from_pretrained(checkpoint)
        ggml.write(model, processor.feature_extractor, processor.tokenizer, folder / GGML)
        return
    sys.path.append(str(packages))
    from ctranslate2.converters import TransformersConverter  # type: ignore[import-not-found]

    converter = TransformersConverter(str(checkpoint))
    converter.convert(str(folder), quantization=form, force=True)
    shutil.copy(checkpoint / "tokenizer.json", folder)


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
