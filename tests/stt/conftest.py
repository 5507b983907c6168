"""A tiny multilingual Whisper, for modules that make no `folder` of their own."""

from pathlib import Path

import pytest

from marvin.stt.whisper.network import WhisperNetwork
from tests.checkpoints.whisper import make_whisper
from tests.stt.hearing import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("tiny"), multilingual=True)


@pytest.fixture(scope="module")
def network(folder: Path) -> WhisperNetwork:
    return load(folder).network
