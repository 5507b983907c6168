"""Which files of a repository are needed, of the many that lie there for other programs. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch

from marvin.hub.pins import Kind

_SMALL = ("*.json", "*.txt", "*.model", "*.jinja", "LICENSE*")
"""At the top of a repository: configuration, tokenizer, chat template."""
_PRESETS = "speaker_embeddings/*.npy"
"""Bark's voices; `*` stands for folders, too."""


@dataclass(frozen=True, slots=True)
class FileChoice:
    """Files to fetch."""

    plain: tuple[str, ...] = ()
    """To be used as they are."""
    pickles: tuple[str, ...] = ()
    """Weights that must become safetensors first."""


def choose(kind: Kind, files: Iterable[str]) -> FileChoice | None:
    """What to fetch of a repository with these files; None where there is nothing of use.

    Safetensors if there are any. No code, no weights for other libraries, no variants
    (`model.fp32-...`), no folders of other formats (`onnx/`).
    """
    names = sorted(name for name in files if ".." not in name)
    if kind == "dataset":
        archives = [name for name in names if name.endswith(".zip") and "/" not in name]
        return FileChoice(tuple(archives)) if archives else None
    top = [name for name in names if "/" not in name]
    small = [name for name in top if _is_any(name, _SMALL) and not name.endswith(".index.json")]
    small += [name for name in names if fnmatch(name, _PRESETS)]
    if weights := _weights(top, "model{}.safetensors"):
        index = () if weights == ("model.safetensors",) else ("model.safetensors.index.json",)
        return FileChoice((*small, *weights, *(set(index) & set(top))))
    if pickles := _weights(top, "pytorch_model{}.bin"):
        return FileChoice(tuple(small), pickles)
    return None


def _weights(names: Iterable[str], pattern: str) -> tuple[str, ...]:
    """The one file, or all its parts."""
    whole = tuple(name for name in names if name == pattern.format(""))
    return whole or tuple(name for name in names if fnmatch(name, pattern.format("-*-of-*")))


def _is_any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
