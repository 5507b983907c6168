"""The mind of a configuration."""

from pathlib import Path

from marvin.config.hearing import AudioFlamingoConfig, Transcripts
from marvin.config.tables import Config, SkillsConfig
from marvin.engines.engine_set import EngineSet
from marvin.service.assembly import mind_of


async def test_who_writes_down_what_is_said(tmp_path: Path) -> None:
    def writer(transcript: Transcripts) -> str:
        table = AudioFlamingoConfig(model=str(tmp_path), transcript=transcript)
        config = Config(llm=table, skills=SkillsConfig(state_dir=tmp_path))
        engines = EngineSet(config)
        mind = mind_of(engines, config)
        # What is said over an answer does not wait for the model that writes it.
        assert mind.transcriber is engines.transcriber
        assert mind.understanding.hears == transcript
        by_recogniser = mind.understanding.transcriber is engines.transcriber
        return "recogniser" if by_recogniser else "model"

    assert writer("beside") == writer("none") == "recogniser"
    assert writer("model") == "model"
