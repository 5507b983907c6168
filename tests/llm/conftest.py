"""A tiny model for llama.cpp, and the engine that loads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.backends.pretrained.place import CPU, Place
from marvin.config.llm import GgufConfig
from marvin.llm.gguf.gguf_model import GgufLanguageModel
from tests.llm.models import LoadGguf
from tests.llm.tiny_gguf import write_tiny_gguf


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture
def load(tiny: Path) -> Iterator[LoadGguf]:
    loaded: list[GgufLanguageModel] = []

    def load(file: Path = tiny, place: Place = CPU, **values: object) -> GgufLanguageModel:
        config = GgufConfig.model_validate({"model": str(file), **values})
        loaded.append(GgufLanguageModel.load(config, place))
        return loaded[-1]

    yield load
    for one in loaded:
        one.close()
