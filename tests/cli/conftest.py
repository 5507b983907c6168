"""What several of the commands' tests need."""

from pathlib import Path

import pytest


@pytest.fixture
def home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the home of the user who runs them."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
