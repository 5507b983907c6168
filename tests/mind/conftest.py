"""A home whose names the skills know, and its access token."""

import pytest

from marvin.config.tables import SkillsConfig
from marvin.skills.skillset import Skillset
from tests.recorded_home import NAMES, TOKEN


@pytest.fixture(scope="session")
def skillset() -> Skillset:
    """It knows the names of a home."""
    return Skillset.load(SkillsConfig(), home=NAMES)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", TOKEN)
