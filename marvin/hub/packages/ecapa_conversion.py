"""Converts SpeechBrain's ECAPA-TDNN to safetensors."""

from pathlib import Path

from marvin.hub.converting import to_safetensors
from marvin.hub.packages.json_files import write_json_files


def convert_ecapa(parts: Path, folder: Path) -> None:
    """Raises DownloadError if it contains code, or no weights."""
    folder.mkdir(parents=True)
    to_safetensors([parts / "embedding_model.ckpt"], folder, "embedding_model.ckpt")
    write_json_files(folder, {"config.json": {"speechbrain_interface": "SpeakerRecognition"}})
