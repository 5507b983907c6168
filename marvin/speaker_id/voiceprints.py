"""The enrolled voices: one small file for each, which only the user may read.

A voice is kept as an embedding, from which no speech can be recovered; the recordings are not kept.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from unicodedata import category, normalize

import numpy as np

from marvin.boundary.files import read_json, replace_file
from marvin.errors import EnrolmentError
from marvin.types import Person, Samples

_LOGGER = logging.getLogger(__name__)

_LONGEST_NAME = 40
_UNITY = 0.01
"""How much the length of a stored embedding may differ from 1."""


@dataclass(frozen=True, slots=True)
class Voiceprint:
    """An enrolled voice."""

    name: str
    model: str
    """That computed the embedding."""
    embedding: tuple[float, ...]
    """Of length 1."""
    volume: float | None = None
    """At which replies to this person are played, in [0, 1]; None: as to everybody."""

    @property
    def person(self) -> Person:
        return Person(self.name, self.volume)

    def likeness(self, embedding: Samples) -> float:
        """Cosine similarity, in [-1, 1]."""
        return float(np.dot(np.array(self.embedding, np.float32), embedding))


def checked_name(name: str) -> str:
    """A name that can be spoken and shown. Raises EnrolmentError."""
    name = normalize("NFC", " ".join(name.split()))
    # Letters with their marks, and digits. The file is named after it.
    fits = name[:1].isalpha() and all(category(one)[0] in "LMN" or one in " -'." for one in name)
    if not fits or len(name) > _LONGEST_NAME:
        raise EnrolmentError(
            f"{name!r} cannot be a name: it has to begin with a letter and may contain letters, "
            f"digits, spaces, hyphens and apostrophes, {_LONGEST_NAME} characters at most"
        )
    return name


class Voiceprints:
    """The folder of the enrolled voices. Reads what other processes have changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: Sequence[tuple[str, int]] | None = None
        self._known: tuple[Voiceprint, ...] = ()
        self.problems: tuple[str, ...] = ()
        """Files that cannot be used, one line each."""

    def known(self) -> tuple[Voiceprint, ...]:
        """In the order of their names."""
        files = self._files()
        # Whoever adds or removes a voice replaces files.
        seen = [(file.name, modified) for file, modified in files]
        if seen != self._seen:
            self._seen = seen
            found, problems = [], []
            for file, _ in files:
                try:
                    found.append(_read(file))
                except EnrolmentError as error:
                    problems.append(str(error))
                    _LOGGER.warning("%s", error)
            self._known, self.problems = tuple(found), tuple(problems)
        return self._known

    def named(self, name: str) -> Voiceprint:
        """Raises EnrolmentError if nobody has that name."""
        wanted = checked_name(name).casefold()
        for voice in self.known():
            if voice.name.casefold() == wanted:
                return voice
        names = ", ".join(voice.name for voice in self._known)
        there = f"there are {names}" if names else "nobody is enrolled"
        raise EnrolmentError(f"no voice of {name!r} is enrolled; {there}")

    def save(self, voice: Voiceprint) -> None:
        """Add it, or replace the one with its name. Raises EnrolmentError."""
        file = self._file(voice.name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(file, json.dumps(asdict(voice), ensure_ascii=False).encode())
        except OSError as error:
            raise EnrolmentError(f"{file} cannot be written: {error.strerror}") from error

    def remove(self, name: str) -> None:
        """Delete a voice, even one whose file is damaged. Raises EnrolmentError."""
        file = self._file(checked_name(name))
        try:
            file.unlink()
        except FileNotFoundError:
            self.named(name)
        except OSError as error:
            raise EnrolmentError(f"{file} cannot be removed: {error.strerror}") from error

    def _file(self, name: str) -> Path:
        return self._folder / f"{name.casefold()}.json"

    def _files(self) -> list[tuple[Path, int]]:
        found = []
        with contextlib.suppress(FileNotFoundError):
            for file in sorted(self._folder.glob("[!.]*.json")):
                found.append((file, file.stat().st_mtime_ns))
        return found


def _read(file: Path) -> Voiceprint:
    try:
        values = read_json(file)
        if not isinstance(values, Mapping):
            raise ValueError("no table")
        return _voiceprint(values)
    except (OSError, ValueError, TypeError, KeyError, EnrolmentError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise EnrolmentError(
            f"{file} is no enrolled voice ({why}): remove it, and enrol the person again"
        ) from error


def _voiceprint(values: Mapping[str, object]) -> Voiceprint:
    """Raises ValueError, TypeError or KeyError."""
    name, model, volume = values["name"], values["model"], values["volume"]
    embedding = np.asarray(values["embedding"], np.float64)
    if not isinstance(name, str) or not isinstance(model, str) or checked_name(name) != name:
        raise ValueError("its name is not one")
    if embedding.ndim != 1 or not abs(float(np.linalg.norm(embedding)) - 1.0) < _UNITY:
        raise ValueError("its embedding is not one")
    if volume is not None and not (isinstance(volume, int | float) and 0.0 <= volume <= 1.0):
        raise ValueError("its volume is not in [0, 1]")
    return Voiceprint(name, model, tuple(map(float, embedding)), volume)
