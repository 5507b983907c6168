"""The folder of a training: its checkpoints while it runs, the finished model after it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from marvin.backends.pretrained.adapter import WEIGHTS
from marvin.boundary.files import read_json, replace_file
from marvin.errors import TrainingError
from marvin.skills.store.writer_lock import WriterLock
from marvin.workshop.tuning.tuning_request import TuningRequest

_WHOLE = "complete"
"""Written last into a checkpoint: one without it was interrupted."""
_PREFIX = "checkpoint-"


class RunFolder:
    """Belongs to this process from `claim` on."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.training = out / "training"
        """Checkpoints, deleted when the model is finished."""
        self._request = out / "training.json"
        self._lock = WriterLock(self.training / "lock")

    def claim(self, request: TuningRequest) -> None:
        """Raises TrainingError if the folder is in use, belongs to something else, or cannot be
        written."""
        if self.out.is_dir() and any(self.out.iterdir()) and not self._request.is_file():
            raise TrainingError(f"{self.out} is not empty, and no training: choose another --out")
        if other := self._lock.claim():
            raise TrainingError(f"{self.out} is in use by another training ({other})")
        try:
            self._begin(request)
        except OSError as error:
            self.release()
            raise TrainingError(f"{self.out} cannot be written: {error.strerror}") from error
        except BaseException:
            self.release()
            raise

    def _begin(self, request: TuningRequest) -> None:
        if request.fresh:
            self._forget()
        begun = self.is_finished() or self.checkpoint() is not None
        if begun and (differing := self.differing(request)):
            raise TrainingError(
                f"{self.out} has a training with another {' and '.join(differing)}: choose another "
                "--out, or discard it with --fresh"
            )
        for checkpoint in self._checkpoints():
            if not (checkpoint / _WHOLE).is_file():
                shutil.rmtree(checkpoint)
        replace_file(self._request, json.dumps(request.decides(), indent=1).encode(), 0o644)

    def is_finished(self) -> bool:
        return self._request.is_file() and (self.out / WEIGHTS).is_file()

    def checkpoint(self) -> Path | None:
        """The last whole one."""
        whole = [one for one in self._checkpoints() if (one / _WHOLE).is_file()]
        return max(whole, key=_step, default=None)

    def saved_step(self) -> int:
        """0 without a checkpoint."""
        last = self.checkpoint()
        return 0 if last is None else _step(last)

    def is_whole(self, step: int) -> None:
        """Mark the checkpoint of a step as complete."""
        replace_file(self.training / f"{_PREFIX}{step}" / _WHOLE, b"")

    def unpublished(self) -> Path:
        """A folder for the finished model, until it is whole."""
        folder = self.training / "finished"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def publish(self) -> None:
        """The weights come last: with them, the model is finished."""
        files = list((self.training / "finished").iterdir())
        for file in sorted(files, key=lambda file: file.name == WEIGHTS):
            file.replace(self.out / file.name)

    def finish(self) -> None:
        """Delete the checkpoints."""
        shutil.rmtree(self.training, ignore_errors=True)

    def drop_partial(self) -> None:
        """Make room on a full disk."""
        for checkpoint in self._checkpoints():
            if not (checkpoint / _WHOLE).is_file():
                shutil.rmtree(checkpoint, ignore_errors=True)

    def release(self) -> None:
        self._lock.release()

    def differing(self, request: TuningRequest) -> list[str]:
        """Options that an earlier training here had otherwise. Raises TrainingError."""
        try:
            known = read_json(self._request)
        except (OSError, ValueError) as error:
            raise TrainingError(f"{self._request} cannot be read: {error}") from error
        wanted = request.decides()
        if not isinstance(known, dict):
            return list(wanted)
        return [key for key, value in wanted.items() if known.get(key) != value]

    def _forget(self) -> None:
        """All but the lock, which is held."""
        for path in [*self.out.iterdir(), *self._checkpoints()]:
            if path == self.training:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _checkpoints(self) -> list[Path]:
        return [one for one in self.training.glob(f"{_PREFIX}*") if one.is_dir()]


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix(_PREFIX))
