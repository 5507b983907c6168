"""The command `marvin placement`, and the placement made at start-up."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from marvin.cli.main import main
from marvin.config.llm import TransformersConfig
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.config.tts import MmsConfig
from marvin.engines.placement import choice
from marvin.engines.placement.choice import place_engines
from marvin.engines.placement.facts import MachineFacts
from marvin.errors import ConfigError, ModelLoadError
from tests.engines.placement.machines import BF16_CPU, LAPTOP, PI_4, cuda, machine

Describe = Callable[[MachineFacts], None]


@pytest.fixture(autouse=True)
def nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Restore logging, which the command line configures for its process."""
    logger = logging.getLogger("marvin")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield
    logger.handlers[:], logger.level, logger.propagate = before


@pytest.fixture
def describe(monkeypatch: pytest.MonkeyPatch) -> Describe:
    """Use a described machine instead of this one."""

    def describe(facts: MachineFacts) -> None:
        monkeypatch.setattr(choice, "read_facts", lambda accelerators: facts)
        monkeypatch.setattr(choice, "speeds", lambda *_, again: BF16_CPU)

    return describe


@pytest.fixture
def models(tmp_path: Path) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(
        '[stt]\nengine = "whisper"\n'
        '[llm]\nengine = "chat"\nbase_url = "http://pc:11434/v1"\n'
        '[[llm.fallbacks]]\nengine = "transformers"\nmodel = "somebody/chat-400M"\n'
        '[tts]\nengine = "mms"\n'
    )
    return path


def test_table_shows_each_engine_with_its_place_and_the_reason(
    describe: Describe,
    models: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    describe(machine(cuda()))
    assert main(["placement", "--config", str(models)]) == 0
    out = capsys.readouterr().out
    lines = {" ".join(line.split()) for line in out.splitlines()}
    assert "vad webrtc - - - - -" in lines
    assert "vad C library in this process" in lines
    assert "stt there is room on the Card 0" in lines
    assert "llm on the server http://pc:11434/v1" in lines
    assert any("whisper openai/whisper-base.en cuda:0 float16 1" in line for line in lines)
    assert any("transformers somebody/chat-400M cuda:0 bfloat16 1" in line for line in lines)
    assert "12.0 of 16.0 GB free; cuda:0 Card 0, 23.5 of 24.0 GB free" in out
    assert "planned: cpu 0.45 of 11.0 GB, cuda:0 1." in out
    assert "somebody/chat-400M (size by its name)" in out
    assert "openai/whisper-base.en (size by the catalogue)" in out


def test_table_as_json(
    describe: Describe, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(LAPTOP)
    assert main(["placement", "--json", "--config", str(models)]) == 0
    told = json.loads(capsys.readouterr().out)
    stt = next(row for row in told["engines"] if row["key"] == "stt")
    assert (stt["device"], stt["dtype"], stt["threads"]) == ("cpu", "int8", 3)
    assert stt["memory_mb"] > 100
    assert stt["fallbacks"] == [{"device": "cpu", "dtype": "float32", "threads": 3}]
    vad = next(row for row in told["engines"] if row["key"] == "vad")
    assert (vad["device"], vad["memory_mb"], vad["fallbacks"]) == (None, None, [])
    assert told["machine"]["cores"] == 4
    assert told["problems"] == []


def test_missing_device_is_reported_below_the_table(
    describe: Describe, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models.write_text(models.read_text() + 'device = "cuda"\n')
    describe(LAPTOP)
    assert main(["placement", "--config", str(models)]) == 78
    told = capsys.readouterr()
    assert "whisper-base.en" in told.out
    assert told.err == (
        "marvin: tts.device = 'cuda': this machine has no CUDA device; it has: cpu\n"
    )


def test_works_on_this_machine_with_the_default_configuration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["placement", "--profile", "embedded"]) == 0
    out = capsys.readouterr().out
    assert "planned: cpu 0.16 of" in out, "torch is not loaded for it"
    assert "sphinx" in out
    assert "espeak" in out


def test_engines_get_their_placement_by_key_and_the_log_shows_it(
    describe: Describe, caplog: pytest.LogCaptureFixture
) -> None:
    describe(replace(LAPTOP, broken=("no cuda:0",)))
    with caplog.at_level("INFO"):
        placements = place_engines(Config(stt=WhisperConfig(), tts=MmsConfig()))
    assert "stt: openai/whisper-base.en on cpu int8, 3 threads, " in caplog.text
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == ["no cuda:0"]
    assert set(placements) == {"wake", "stt", "tts"}
    assert str(placements["stt"].place) == "cpu int8"


def test_without_models_the_machine_is_not_examined() -> None:
    code = (
        "import sys; from marvin.config.tables import Config\n"
        "from marvin.engines.placement.choice import place_engines\n"
        "print(place_engines(Config()), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == "{} False\n"


def test_machine_that_is_too_small_is_a_configuration_error(describe: Describe) -> None:
    describe(PI_4)
    with pytest.raises(ConfigError, match=r"llm\.model = 'somebody/chat-7B'"):
        place_engines(Config(llm=TransformersConfig(model="somebody/chat-7B")))


def test_memory_used_by_others_may_be_free_at_the_next_start(describe: Describe) -> None:
    describe(machine(memory_gb=64.0, available_gb=4.0))
    with pytest.raises(ModelLoadError, match="End other programs"):
        place_engines(Config(llm=TransformersConfig(model="somebody/chat-7B")))
