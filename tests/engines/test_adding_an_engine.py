"""One file adds an engine: all of Marvin knows what `toy_voice.py` defines."""

import json
import os
import subprocess
import sys
import tomllib
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.audio.sounds import heard, pitch_hz
from tests.paths import ROOT

PITCH_HZ = 330.0
TOY = "import sys, tests.engines.toy_voice\n"
COMMAND = TOY + "from marvin.cli.main import main\nsys.exit(main(sys.argv[1:]))"

WHAT_IS_WRONG = """
from marvin.config import load_config
from marvin.errors import ConfigError
try:
    load_config()
except ConfigError as error:
    print(error)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user who has configured the toy, and a profile with another checkpoint for it."""
    model = tmp_path / "hum"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"pitch_hz": PITCH_HZ}))
    settings = tmp_path / "config" / "marvin" / "models.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f'[tts]\nengine = "toy"\nmodel = "{model}"\nword_s = 0.2\ndevice = "cpu"\n'
        '[profiles.hum.tts]\nengine = "toy"\nmodel = "someone/large-hum"\n'
    )
    return tmp_path


def printed(home: Path, code: str, *arguments: str, status: int = 0) -> str:
    """The output of a new Marvin process to which the toy was added."""
    names = ("CONFIG", "DATA", "STATE", "CACHE")
    ours = {f"XDG_{name}_HOME": str(home / name.lower()) for name in names}
    ours |= {"HF_HOME": str(home / "hf"), "HF_HUB_OFFLINE": "1"}
    rest = {key: value for key, value in os.environ.items() if key != "MARVIN_CONFIG"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=rest | ours, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    return done.stdout


def test_its_keys_are_in_the_configuration(home: Path) -> None:
    text = printed(home, COMMAND, "config")
    assert f"speaks with {home / 'hum'}." in text.splitlines()[0]
    assert tomllib.loads(text)["tts"]["word_s"] == 0.2


def test_wrong_key_is_reported_like_any_other(home: Path) -> None:
    settings = home / "config" / "marvin" / "models.toml"
    settings.write_text('[tts]\nengine = "toy"\nword = 1\n')
    assert printed(home, COMMAND, "config", status=78) == ""
    settings.write_text('[tts]\nengine = "toi"\n')
    message = printed(home, TOY + WHAT_IS_WRONG)
    assert "tts.engine: 'toi' is not known (did you mean 'toy'?)" in message


def test_it_is_in_the_shipped_models_toml(home: Path) -> None:
    text = printed(home, TOY + "from marvin.config.generate import generate\nprint(generate())")
    below = text.split("# # Speech by humming.\n")[1]
    assert below.startswith(
        "# [tts]\n# # `toy`: a hum for each word.\n# engine = \"toy\"\n"
        "# # Hub id or folder of a hum.\n# model = \"someone/hum\"\n"
        "# # Length of a word.\n# word_s = 0.1\n"
    )  # fmt: skip


def test_its_checkpoint_is_in_the_list_of_models(home: Path) -> None:
    rows = {
        row["name"]: row for row in json.loads(printed(home, COMMAND, "models", "list", "--json"))
    }
    row = rows["someone/large-hum"]
    assert (row["stage"], row["profiles"], row["licence"]) == ("tts", ["hum"], "WTFPL")


def test_it_is_placed(home: Path) -> None:
    shown = json.loads(printed(home, COMMAND, "placement", "--json"))
    row = next(row for row in shown["engines"] if row["key"] == "tts")
    assert (row["engine"], row["device"], row["dtype"]) == ("toy", "cpu", "float32")
    assert row["memory_mb"] > 100, "25 million parameters, according to its config class"


def test_doctor_examines_its_checkpoint(home: Path) -> None:
    found = json.loads(printed(home, COMMAND, "doctor", "--json", status=1))
    texts = [line["text"] for line in found["findings"] if line["name"] == "model"]
    assert texts == [f"tts.model = {str(home / 'hum')!r}: contains no model.safetensors"]


def test_it_speaks(home: Path) -> None:
    file = home / "said.wav"
    printed(home, COMMAND, "say", "Hello out there.", "--output", str(file))
    with wave.open(str(file)) as said:
        samples = np.frombuffer(said.readframes(said.getnframes()), np.int16)
        rate_hz = said.getframerate()
    hum = heard((samples / 32768).astype(np.float32))
    assert len(hum) / rate_hz == pytest.approx(0.6, abs=0.05), "three words"
    assert pitch_hz(hum, rate_hz) == pytest.approx(PITCH_HZ, abs=5)


def test_no_other_file_names_it() -> None:
    naming = [path for path in (ROOT / "marvin").rglob("*.py") if "toy" in path.read_text().lower()]
    assert naming == []
