"""Installed versions compared with the supported ones, and libraries that load."""

from importlib import metadata
from pathlib import Path

import pytest

from marvin.config.tables import Config
from marvin.config.tts import EspeakConfig, KokoroConfig, MmsConfig
from marvin.errors import ModelLoadError, StageError
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.software import espeak, packages, pocketsphinx, software_checks
from tests.workshop.doctor.described import VERSIONS, described, raising

SHOWN = "torch 2.13.0+cpu, transformers 5.23.0, huggingface-hub 2.4.0"


@pytest.fixture
def constraints(tmp_path: Path) -> Path:
    path = tmp_path / "constraints.txt"
    path.write_text("# the tested one\ntorch==2.13.0\n")
    return path


def test_supported_versions_pass(tmp_path: Path, constraints: Path) -> None:
    found = packages(described(tmp_path), constraints)
    assert (found.level, found.text) == (Level.OK, SHOWN)
    without = packages(described(tmp_path), tmp_path / "gone.txt")
    assert without == found, "an installed wheel has no such file"


def test_untested_torch_is_a_warning(tmp_path: Path, constraints: Path) -> None:
    system = described(tmp_path, version={**VERSIONS, "torch": "2.14.1"}.get)
    found = packages(system, constraints)
    assert (found.level, found.cure) == (Level.WARN, "pip install torch==2.13.0")
    assert found.text.endswith("tested with torch 2.13.0")


@pytest.mark.parametrize(
    ("torch", "wanted", "wrong"),
    [
        ("2.8.9+cu128", "torch>=2.9", "torch is 2.8.9+cu128, not 2.9 or newer"),
        ("2.10", "torch>=2.9", ""),
        ("2.9", "torch>=2.9.0", ""),
        ("2.0.14.post1", "torch>=2.0.14", ""),
        ("2.9", "torch[opt] >= 2.10 ; python_version > '3'", "torch is 2.9, not 2.10 or newer"),
        (None, "torch", "torch is not installed"),
    ],
)
def test_old_or_missing_version_fails(
    tmp_path: Path, torch: str | None, wanted: str, wrong: str
) -> None:
    versions = {**VERSIONS, "torch": torch}
    system = described(tmp_path, version=versions.get, requirements=lambda: [wanted])
    found = packages(system, tmp_path / "gone.txt")
    assert (found.text if found.level is Level.FAIL else "") == wrong


def test_checkout_that_was_never_installed(tmp_path: Path) -> None:
    missing = raising(metadata.PackageNotFoundError("marvin-voice"))
    found = packages(described(tmp_path, requirements=missing))
    assert (found.level, found.cure) == (Level.WARN, "pip install -e .")


@pytest.mark.parametrize(
    ("version", "level", "text"),
    [
        ("1.22.0", Level.OK, "1.22.0"),
        (None, Level.FAIL, 'is not installed, but tts.engine = "kokoro" needs it'),
    ],
)
def test_kokoro_needs_onnxruntime(
    tmp_path: Path, version: str | None, level: Level, text: str
) -> None:
    system = described(tmp_path, version={**VERSIONS, "onnxruntime": version}.get)
    found = examine([software_checks(Patient(system, Config(tts=KokoroConfig())))])[-1]
    assert (found.name, found.level, found.text) == ("onnxruntime", level, text)


def test_espeak_speaks_with_the_configured_voice(tmp_path: Path) -> None:
    asked: list[str] = []

    def say(voice: str) -> str:
        asked.append(voice)
        return "maven"

    patient = Patient(described(tmp_path, espeak=say), Config(tts=EspeakConfig(voice="de")))
    found = examine([software_checks(patient)])
    assert [one.name for one in found] == ["packages", "espeak", "pocketsphinx"]
    assert found[1].text == "loads; voice de says maven"
    examine([software_checks(Patient(described(tmp_path, espeak=say), Config(tts=MmsConfig())))])
    assert asked == ["de", "en-us"]


def test_voice_that_espeak_lacks_fails(tmp_path: Path) -> None:
    def say(voice: str) -> str:
        if voice != "en-us":
            raise ModelLoadError(f"espeak-ng has no voice {voice!r}")
        return "maven"

    found = espeak(described(tmp_path, espeak=say), "klingon")
    assert (found.level, found.text) == (Level.FAIL, "espeak-ng has no voice 'klingon'")
    assert found.cure == "marvin config  (tts.voice = 'klingon')"


@pytest.mark.parametrize("error", [ModelLoadError("no library"), StageError("it died")])
def test_broken_espeak_fails(tmp_path: Path, error: Exception) -> None:
    found = espeak(described(tmp_path, espeak=raising(error)), "en-gb")
    assert (found.level, found.text) == (Level.FAIL, str(error))
    assert found.cure == "pip install --force-reinstall espeakng-loader"


def test_broken_pocketsphinx_fails(tmp_path: Path) -> None:
    assert pocketsphinx(described(tmp_path)).level is Level.OK
    found = pocketsphinx(described(tmp_path, sphinx=raising(ModelLoadError("no model"))))
    assert (found.level, found.text) == (Level.FAIL, "no model")
    assert found.cure == "pip install --force-reinstall pocketsphinx"
