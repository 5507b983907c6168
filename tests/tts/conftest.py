"""Tiny voice checkpoints, made once, and the published Whisper that listens to published voices."""

import shutil
from pathlib import Path

import pytest

from benchmarks.accuracy.voice_intelligibility import Listener
from marvin.config.tts import BarkConfig, MmsConfig, SpeechT5Config
from tests.checkpoints import voices
from tests.published import published


@pytest.fixture(scope="session")
def speecht5_config(tmp_path_factory: pytest.TempPathFactory) -> SpeechT5Config:
    return voices.speecht5(tmp_path_factory.mktemp("speecht5"))


@pytest.fixture(scope="session")
def mms_config(tmp_path_factory: pytest.TempPathFactory) -> MmsConfig:
    return voices.mms(tmp_path_factory.mktemp("mms"))


@pytest.fixture(scope="session")
def bark_config(tmp_path_factory: pytest.TempPathFactory) -> BarkConfig:
    return voices.bark(tmp_path_factory.mktemp("bark"))


@pytest.fixture(scope="session")
def whisper() -> Listener:
    return Listener(published("whisper-base"))


@pytest.fixture
def copied(tmp_path: Path) -> "Copied":
    return Copied(tmp_path)


class Copied:
    """Copies of checkpoints that a test may damage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, checkpoint: str) -> Path:
        return Path(shutil.copytree(checkpoint, self._folder / "copy"))
