"""Selects the files that Marvin needs from a repository. Pure logic."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch

from marvin.hub.gguf_names import choose_gguf
from marvin.hub.pins import Kind
from marvin.hub.present import ONNX, PARADEE, STUDENTS

_SMALL = ("*.json", "*.txt", "*.model", "*.jinja", "LICENSE*", "NOTICE*")
"""At the top level: configuration, tokenizer, chat template."""
_PRESETS = "speaker_embeddings/*.npy"
"""Bark's voices; `*` also matches folders."""
_VOICES = "voices/*.bin"
"""Kokoro's."""


@dataclass(frozen=True, slots=True)
class FileChoice:
    plain: tuple[str, ...] = ()
    """Files to use as they are."""
    pickles: tuple[str, ...] = ()
    """Weights to convert to safetensors."""


def choose(kind: Kind, files: Iterable[str], name: str = "") -> FileChoice | None:
    """The files to fetch; None if the repository has nothing usable.

    Prefers safetensors. Excludes code, weights for other libraries, variants (`model.fp32-...`)
    and folders of other formats (`onnx/`), except that a Kokoro is for onnxruntime. A `name` with a
    quantisation (`owner/name:Q4_K_M`) is for llama.cpp, as is a repository with GGUF files only.
    """
    names = sorted(one for one in files if ".." not in one)
    if kind == "dataset":
        archives = [name for name in names if name.endswith(".zip") and "/" not in name]
        return FileChoice(tuple(archives)) if archives else None
    top = [name for name in names if "/" not in name]
    small = [name for name in top if _is_any(name, _SMALL) and not name.endswith(".index.json")]
    small += [name for name in names if fnmatch(name, _PRESETS)]
    if ":" in name:
        ggufs = choose_gguf(name, top)
        return FileChoice((*small, *ggufs)) if ggufs else None
    if weights := _weights(top, "model{}.safetensors"):
        index = () if weights == ("model.safetensors",) else ("model.safetensors.index.json",)
        return FileChoice((*small, *weights, *(set(index) & set(top))))
    voices = [name for name in names if fnmatch(name, _VOICES)]
    graph = next((graph for graph in ONNX if graph in names), None)
    if graph is not None and (voices or graph == PARADEE):
        return FileChoice((*small, graph, *voices))
    if students := [name for name in names if fnmatch(name, STUDENTS)]:
        return FileChoice((*small, *students))
    if pickles := _weights(top, "pytorch_model{}.bin") or _weights(top, "embedding_model{}.ckpt"):
        return FileChoice(tuple(small), pickles)
    ggufs = choose_gguf(name, top)
    return FileChoice((*small, *ggufs)) if ggufs else None


def _weights(names: Iterable[str], pattern: str) -> tuple[str, ...]:
    """The single file, or all shards."""
    whole = tuple(name for name in names if name == pattern.format(""))
    return whole or tuple(name for name in names if fnmatch(name, pattern.format("-*-of-*")))


def _is_any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
