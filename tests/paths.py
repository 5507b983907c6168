"""Folders that tests read: the repository, its samples, and optional data beside it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
WAKE_MODELS = ROOT / "marvin" / "wake" / "models"
DATA = ROOT.parent / "shared" / "data"
