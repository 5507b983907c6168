"""Engines that load at once."""

from pathlib import Path

import pytest

from marvin.config.tables import Config, SkillsConfig
from marvin.conversation import session
from marvin.conversation.ear import Ear
from marvin.engines import engine_set as line
from tests.fakes import (
    FakeSynthesizer,
    FakeTranscriber,
    FakeVad,
    FakeWake,
)


@pytest.fixture
def synthesizer() -> FakeSynthesizer:
    return FakeSynthesizer()


@pytest.fixture
def config(tmp_path: Path, synthesizer: FakeSynthesizer, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A configuration with engines that load at once."""
    monkeypatch.setattr(session, "load_ear", lambda config, tap: Ear(FakeVad(), FakeWake()))
    monkeypatch.setattr(line, "load_transcriber", lambda *_: FakeTranscriber("who was Ada"))
    monkeypatch.setattr(line, "load_synthesizer", lambda config, place: synthesizer)
    return Config(skills=SkillsConfig(state_dir=tmp_path, disabled=("units",)))
