"""An empty machine, with a Hub that has what the test puts there."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from marvin.hub.pins import Pin, _Pins
from tests.hub.fake_hub import FakeHub


@dataclass
class Machine:
    """Runs the command line as a user would, with its own home."""

    home: Path
    hub: FakeHub
    settings: dict[str, str] = field(default_factory=dict)
    """More environment variables."""

    @property
    def environment(self) -> dict[str, str]:
        ours = {
            "HOME": str(self.home),
            "HF_HOME": str(self.home / "hf"),
            "HF_ENDPOINT": self.hub.url,
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            # No test fetches a package by accident.
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": "",
            "PIP_NO_INDEX": "1",
        }
        rest = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        return {**rest, **ours, **self.settings}

    def marvin(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "marvin", *arguments]

    def python(self, code: str) -> str:
        """The output of a program on this machine."""
        return subprocess.run(
            [sys.executable, "-c", code],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        ).stdout.strip()

    def configure(self, text: str) -> None:
        path = self.home / "config" / "marvin" / "models.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @property
    def pins(self) -> dict[str, Pin]:
        path = self.home / "data" / "marvin" / "models.lock.json"
        return _Pins.validate_json(path.read_bytes()) if path.exists() else {}

    def cache(self, name: str, kind: str = "models") -> Path:
        return self.home / "hf" / "hub" / f"{kind}--{name.replace('/', '--')}"

    def own(self, name: str) -> Path:
        return self.home / "data" / "marvin" / "models" / name.replace("/", "--")
