"""A real package, fetched once into the user's cache: its weights become a model that hears."""

import wave
from pathlib import Path

import numpy as np
import pytest

from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.cli.main import main
from marvin.config.stt import WhisperConfig
from marvin.hub.packages.packaged_models import PACKAGED
from marvin.hub.pins import read_pins
from marvin.pcm import to_float32
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import Endpoint, Utterance
from tests.paths import SAMPLES
from tests.published import archives_of

TINY = "openai/whisper-tiny.en"


def test_the_published_weights_hear_a_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives = archives_of("whisper-tiny.en")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert main(["models", "pull", TINY, "--from", str(archives)]) == 0
    assert read_pins()[TINY].origin == "packages"
    with wave.open(str(SAMPLES / "what_time_is_it.wav")) as file:
        samples = to_float32(np.frombuffer(file.readframes(file.getnframes()), np.int16))
    transcriber = WhisperTranscriber.load(WhisperConfig(model=TINY), CPU)
    heard = transcriber.transcribe(Utterance(samples, 0, 1.0, Endpoint.SILENCE), CancelToken())
    assert "what time is it" in heard.text.lower()


def test_every_packaged_model_says_its_licence_and_digests() -> None:
    for model in PACKAGED.values():
        assert model.licence in ("MIT", "Apache-2.0")
        assert model.room > sum(package.size for package in model.packages)
        assert all(len(package.sha256) == 64 and package.members for package in model.packages)
