"""The support bundle: what it contains, what it never contains, and that it is written whole or not
at all.
"""

import json
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from marvin.errors import AudioDeviceError, BundleError
from marvin.workshop.doctor.bundle import write_bundle
from marvin.workshop.doctor.checks import all_lanes
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Finding, Level, ok
from marvin.workshop.doctor.patient import Patient, admit
from tests.skills.kept import load_timers
from tests.workshop.doctor.described import described, raising

FILES = {
    "README.txt", "doctor.json", "versions.json", "config.json", "placement.json", "devices.json",
}  # fmt: skip
PLANTED = [
    "anna", "xyzzy", "plugh", "frobnicate", "surprise cake", "annas-pc", "sesame", "Lamplight",
]  # fmt: skip
"""Home folder, keys in the environment and in the file, prompt, timer, server, password, list."""

CONFIG = """
[llm]
engine = "chat"
base_url = "http://annas-pc.local:9/sesame/v1"
api_key_env = "ANNAS_PLUGH"
system_prompt = '''You are "frobnicate", the butler.
Call her Anna.'''
[[llm.fallbacks]]
engine = "chat"
base_url = "http://127.0.0.1:9/v1"
model = "sk-xyzzy-xyzzy-xyzzy"
[stt]
engine = "whisper"
model = "{home}/whisper-of-anna"
[wake]
label = "hey anna"
[skills]
state_dir = "{home}/state"
[skills.lists]
lamps = ["Lamplight"]
[[skills.commands]]
sentences = ["frobnicate the {lamps}"]
run = ["{home}/bin/lamp", "--token", "xyzzy"]
say = "Anna, the surprise cake is ready."
"""


def contents(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with secrets, under a name that must not leak."""
    home = tmp_path / "home" / "anna"
    (home / "state").mkdir(parents=True)
    load_timers(home / "state" / "marvin.sqlite3").add(60, "surprise cake", datetime.now(UTC))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ANNAS_PLUGH", "plugh-plugh")
    monkeypatch.setenv("HF_TOKEN", "hf_xyzzyxyzzyxyzzy")
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    return home


def bundle_of(tmp_path: Path, config: str, home: Path, **changes: Any) -> dict[str, str]:
    """Everything that `marvin doctor --bundle` writes on a described machine."""
    file = home / "models.toml"
    file.write_text(config.replace("{home}", str(home)))
    system = described(tmp_path, environment=os.environ, **changes)
    patient = admit(system, file)
    findings = examine(all_lanes(patient, record=True))
    assert any("anna" in one.text for one in findings), "there is something to redact"
    write_bundle(tmp_path / "b.zip", patient, findings)
    return contents(tmp_path / "b.zip")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text,
        lambda text: text.replace('label = "hey anna"', "label = 5\nsurprise_cake = 'plugh'"),
        lambda text: text.replace('say = "Anna,', 'sai = "Anna,'),
        lambda text: text.replace("[wake]", '[wake]\nthreshold = "Anna: xyzzy\\nplugh"'),
        lambda text: text.replace("[wake]", "[llm]"),
        lambda text: text.replace("[wake]", "[wake"),
    ],
    ids=["right", "wrong value", "wrong key", "a phrase for a number", "table twice", "not TOML"],
)
def test_planted_secrets_do_not_get_in(
    tmp_path: Path, home: Path, spoil: Callable[[str], str]
) -> None:
    inside = bundle_of(tmp_path, spoil(CONFIG), home)
    assert set(inside) == FILES
    whole = "\n".join([*inside, *inside.values()]).lower()
    assert [word for word in PLANTED if word.lower() in whole] == []


def test_failing_checks_leak_nothing_either(tmp_path: Path, home: Path) -> None:
    inside = bundle_of(
        tmp_path,
        CONFIG,
        home,
        choose=raising(ValueError(f"{home}/whisper-of-anna: Bearer xyzzy.plugh")),
        devices=raising(AudioDeviceError(f"{home} hf_xyzzyxyzzyxyzzy")),
        facts=raising(OSError('You are "frobnicate", the butler.')),
    )
    whole = "\n".join(inside.values()).lower()
    assert [word for word in PLANTED if word.lower() in whole] == []
    assert json.loads(inside["devices.json"])["error"].startswith("AudioDeviceError: ~")
    assert "error" in json.loads(inside["placement.json"])


def test_it_contains_what_support_needs(tmp_path: Path) -> None:
    patient = Patient(described(tmp_path))
    gone = Finding("speaker", Level.FAIL, "gone", "plug it in", aside="; for nobody else")
    inside = write_bundle(tmp_path / "b.zip", patient, [gone])
    found = contents(tmp_path / "b.zip")
    assert [name for name, _ in inside] == [name for name in found if name != "README.txt"]
    assert all(f"{name}: {what}" in found["README.txt"] for name, what in inside)
    assert json.loads(found["doctor.json"]) == [
        {"name": "speaker", "level": "fail", "text": "gone", "cure": "plug it in"}
    ]
    assert json.loads(found["versions.json"])["packages"]["torch"] == "2.13.0+cpu"
    assert json.loads(found["config.json"])["wake"]["threshold"] == 0.5
    assert json.loads(found["placement.json"])["machine"]["cores"] == 4
    assert [one["name"] for one in json.loads(found["devices.json"])] == [
        "USB Microphone",
        "USB Speaker",
    ]


def test_it_is_private_and_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_text("older")
    write_bundle(path, Patient(described(tmp_path)), [ok("speaker", "there")])
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(contents(path)) == FILES
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["gone/b.zip", ".", "folder"])
def test_unwritable_location_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(BundleError, match="cannot write the bundle"):
        write_bundle(tmp_path / name, Patient(described(tmp_path)), [])
    assert not list(tmp_path.rglob(".*"))
