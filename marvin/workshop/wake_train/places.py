"""Folders of a training (cache, state, model), and disk space checks."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

_MODEL_BYTES = 20_000_000
"""Twice a model's folder, because the new one is written beside the old."""
_STATE_BYTES = 60_000_000
"""Twice the state of a training."""
_CLIP_BYTES = 50_000
"""Average size of a cached clip."""
_BEGAN, _FINISHED = "began.json", "finished.json"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one training."""

    cache: Path
    """Synthetic speech of the phrase, shared by its trainings."""
    training: Path
    """State of the training with these settings and recordings; in the cache."""
    out: Path
    """The model's folder."""

    @property
    def state(self) -> Path:
        """File of the training state."""
        return self.training / "state.pt"

    @property
    def said(self) -> Path:
        """File with the places of the phrase in the negatives."""
        return self.cache / "said.json"

    def begin(self) -> None:
        """Record that this training may write to the model's folder."""
        self.training.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"out": str(self.out.resolve())})
        (self.training / _BEGAN).write_text(text, encoding="utf-8")

    @property
    def begun(self) -> bool:
        """Whether this training was begun for this folder and is unfinished."""
        return _read(self.training / _BEGAN).get("out") == str(self.out.resolve())

    def finish(self, threshold: float, verdict: dict[str, str]) -> None:
        """Delete the state; store the verdict and the proposed threshold."""
        forget(self.training)
        self.training.mkdir(parents=True, exist_ok=True)
        done = {
            "out": str(self.out.resolve()),
            "weights": _weights(self.out),
            "threshold": str(threshold),
            **verdict,
        }
        (self.training / _FINISHED).write_text(json.dumps(done), encoding="utf-8")

    @property
    def threshold(self) -> float:
        """The threshold proposed by the finished training."""
        return float(_read(self.training / _FINISHED)["threshold"])

    @property
    def verdict(self) -> dict[str, str]:
        """The verdict of the finished training."""
        return _read(self.training / _FINISHED)

    @property
    def finished(self) -> bool:
        """Whether this training has finished and its model is still in place."""
        done = _read(self.training / _FINISHED)
        here = str(self.out.resolve())
        return done.get("out") == here and done.get("weights") == _weights(self.out)


def places(phrase: str, out: Path | None, speech_key: str, key: str) -> Places:
    """`speech_key` identifies the synthetic speech, `key` the whole training."""
    name = phrase.replace(" ", "-").replace("'", "")
    cache = cache_folder() / f"{name}-{speech_key}"
    return Places(cache, cache / f"training-{key}", out or Path(name))


def cache_folder() -> Path:
    """`marvin/wake` in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "marvin" / "wake"


def digest(*parts: object) -> str:
    """A short hash of the parts."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:10]


def check_out(at: Places, *, fresh: bool) -> str | None:
    """Why the model cannot be written, or None."""
    out = at.out
    if out.exists() and not out.is_dir():
        return f"{out} is a file: choose another folder with --out"
    if not out.exists() or not any(out.iterdir()):
        return _unwritable(out)
    if not (out / "config.json").exists() and not at.begun:
        return f"{out} is not empty and contains no model: choose another folder with --out"
    if fresh or at.begun or at.finished:
        return _unwritable(out)
    return f"{out} already contains a model: choose another folder with --out, or use --fresh"


def check_cache(at: Places) -> str | None:
    """Why the cache cannot be used, or None."""
    try:
        there = _existing(at.cache)
        if there.is_dir() and os.access(there, os.W_OK):
            return None
        reason = "is not a folder" if not there.is_dir() else "cannot be written"
    except OSError as error:
        return not_kept(at, error)
    return _not_kept(at, f"{there} {reason}")


def not_kept(at: Places, error: OSError) -> str:
    """The message for an unwritable cache."""
    return _not_kept(at, error.strerror or str(error))


def _not_kept(at: Places, reason: str) -> str:
    return (
        f"{at.cache}: cannot store speech and state there ({reason}): set XDG_CACHE_HOME to a "
        "writable folder"
    )


def _unwritable(out: Path) -> str | None:
    there = _existing(out)
    if there.is_dir() and os.access(there, os.W_OK):
        return None
    return f"{out}: {there} is not writable"


def check_room(at: Places, clips: int) -> list[str]:
    """Problems of disks too small for a training with `clips` clips, none made yet."""
    wanted: dict[int, tuple[Path, int]] = {}
    made = size(at.cache) if at.cache.exists() else 0
    needs = ((at.cache, max(0, clips * _CLIP_BYTES - made) + _STATE_BYTES), (at.out, _MODEL_BYTES))
    for path, need in needs:
        there = _existing(path)
        disk = there.stat().st_dev
        _, before = wanted.get(disk, (there, 0))
        wanted[disk] = (there, before + need)
    return [
        f"{there}: the training needs {readable_size(need)}, but only {readable_size(free)} is free"
        + f". Speech of earlier trainings is in {cache_folder()}" * cache_folder().exists()
        for there, need in wanted.values()
        if (free := shutil.disk_usage(there).free) < need
    ]


def share_spoken(at: Places, clips: int) -> float:
    """Estimated share of a training's speech already in the cache, in [0, 1]."""
    made = sum(path.stat().st_size for path in at.cache.glob("speech-*.npz"))
    return min(1.0, made / (clips * _CLIP_BYTES))


def room_needed(clips: int) -> int:
    """Cache size of a training's speech, in bytes."""
    return clips * _CLIP_BYTES + _STATE_BYTES


def unfinished_others(at: Places) -> list[Path]:
    """Unfinished trainings of the phrase with other settings or recordings."""
    name = re.sub(r"-[0-9a-f]+$", "", at.cache.name)
    found = cache_folder().glob(f"{name}-??????????/training-*/state.pt")
    return sorted(path.parent for path in found if path.parent != at.training)


def forget(folder: Path) -> None:
    """Remove a cache folder if it exists."""
    if folder.exists():
        shutil.rmtree(folder)


def size(folder: Path) -> int:
    """Total size of the folder, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def readable_size(count: int) -> str:
    """A size such as `612 MB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def _existing(path: Path) -> Path:
    """The path, or its nearest existing parent."""
    path = path.resolve()
    while not path.exists():
        path = path.parent
    return path


def _read(path: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _weights(out: Path) -> str:
    path = out / "model.safetensors"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
