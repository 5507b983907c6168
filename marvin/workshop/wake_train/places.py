"""Where a training keeps what: the cache, its state, the model's folder. And is there room?"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

_MODEL_BYTES = 20_000_000
"""A model's folder, twice, for it is written beside the old one."""
_STATE_BYTES = 60_000_000
"""The state of a training, twice."""
_CLIP_BYTES = 50_000
"""A clip in the cache, on average."""
_BEGAN, _FINISHED = "began.json", "finished.json"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one training."""

    cache: Path
    """Speech that was made for the phrase, whatever it is trained with."""
    training: Path
    """State of the training with exactly these settings and recordings; in the cache."""
    out: Path
    """The model's folder."""

    @property
    def state(self) -> Path:
        """The trainer's file."""
        return self.training / "state.pt"

    @property
    def said(self) -> Path:
        """Where the phrase was found in the negatives."""
        return self.cache / "said.json"

    def begin(self) -> None:
        """Remember that this training may write to this folder."""
        self.training.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"out": str(self.out.resolve())})
        (self.training / _BEGAN).write_text(text, encoding="utf-8")

    @property
    def begun(self) -> bool:
        """This very training was begun, for this very folder, and has not ended."""
        return _read(self.training / _BEGAN).get("out") == str(self.out.resolve())

    def finish(self, threshold: float, verdict: dict[str, str]) -> None:
        """Forget the state; remember what became of it, and the threshold that it proposes."""
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
        """What the finished training proposed."""
        return float(_read(self.training / _FINISHED)["threshold"])

    @property
    def verdict(self) -> dict[str, str]:
        """What the finished training was told about its model."""
        return _read(self.training / _FINISHED)

    @property
    def finished(self) -> bool:
        """This very training has ended, and its model is still where it was put."""
        done = _read(self.training / _FINISHED)
        here = str(self.out.resolve())
        return done.get("out") == here and done.get("weights") == _weights(self.out)


def places(phrase: str, out: Path | None, speech_key: str, key: str) -> Places:
    """`speech_key` follows from what the synthetic speech is made from, `key` from everything."""
    name = phrase.replace(" ", "-").replace("'", "")
    cache = cache_folder() / f"{name}-{speech_key}"
    return Places(cache, cache / f"training-{key}", out or Path(name))


def cache_folder() -> Path:
    """`marvin/wake` where the user keeps what may be thrown away."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "marvin" / "wake"


def digest(*parts: object) -> str:
    """A short name for whatever the parts are."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:10]


def check_out(at: Places, *, fresh: bool) -> str | None:
    """Why the model cannot be written to its folder, if so."""
    out = at.out
    if out.exists() and not out.is_dir():
        return f"{out} is a file: give another folder with --out"
    if not out.exists() or not any(out.iterdir()):
        return _unwritable(out)
    if not (out / "config.json").exists() and not at.begun:
        return f"{out} is not empty and holds no model: give another folder with --out"
    if fresh or at.begun or at.finished:
        return _unwritable(out)
    return f"{out} holds a model already: give another folder with --out, or replace it by --fresh"


def check_cache(at: Places) -> str | None:
    """Why nothing can be kept in the cache, if so."""
    try:
        there = _existing(at.cache)
        if there.is_dir() and os.access(there, os.W_OK):
            return None
        reason = "is no folder" if not there.is_dir() else "cannot be written"
    except OSError as error:
        return not_kept(at, error)
    return _not_kept(at, f"{there} {reason}")


def not_kept(at: Places, error: OSError) -> str:
    """What to tell when the cache cannot be written."""
    return _not_kept(at, error.strerror or str(error))


def _not_kept(at: Places, reason: str) -> str:
    return (
        f"{at.cache}: speech and state cannot be kept there ({reason}): set XDG_CACHE_HOME to a "
        "folder that can be written"
    )


def _unwritable(out: Path) -> str | None:
    there = _existing(out)
    if there.is_dir() and os.access(there, os.W_OK):
        return None
    return f"{out}: nothing can be written in {there}"


def check_room(at: Places, clips: int) -> list[str]:
    """Disks that have too little room for a training with so many clips, speech not yet made."""
    wanted: dict[int, tuple[Path, int]] = {}
    made = size(at.cache) if at.cache.exists() else 0
    needs = ((at.cache, max(0, clips * _CLIP_BYTES - made) + _STATE_BYTES), (at.out, _MODEL_BYTES))
    for path, need in needs:
        there = _existing(path)
        disk = there.stat().st_dev
        _, before = wanted.get(disk, (there, 0))
        wanted[disk] = (there, before + need)
    return [
        f"{there}: the training needs {in_words(need)} there, and only {in_words(free)} are free"
        + f". Speech of earlier trainings is in {cache_folder()}" * cache_folder().exists()
        for there, need in wanted.values()
        if (free := shutil.disk_usage(there).free) < need
    ]


def share_spoken(at: Places, clips: int) -> float:
    """About how much of the speech of a training is in the cache already, in [0, 1]."""
    made = sum(path.stat().st_size for path in at.cache.glob("speech-*.npz"))
    return min(1.0, made / (clips * _CLIP_BYTES))


def room_needed(clips: int) -> int:
    """Bytes that the speech of a training takes in the cache."""
    return clips * _CLIP_BYTES + _STATE_BYTES


def unfinished_others(at: Places) -> list[Path]:
    """States of trainings of the same phrase with other settings or recordings."""
    name = re.sub(r"-[0-9a-f]+$", "", at.cache.name)
    found = cache_folder().glob(f"{name}-??????????/training-*/state.pt")
    return sorted(path.parent for path in found if path.parent != at.training)


def forget(folder: Path) -> None:
    """Remove a folder of the cache, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def size(folder: Path) -> int:
    """Bytes of everything in the folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def in_words(count: int) -> str:
    """A number of bytes for people: `612 MB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
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
