"""Names of the home are learned when Home Assistant answers, and again when they change."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from marvin.backends.home_assistant.home_names import HomeNames, read_names
from marvin.backends.home_assistant.home_server import SILENT
from marvin.config.tables import Config, SkillsConfig
from marvin.engines.engine_set import EngineSet
from marvin.engines.registry import names_file
from marvin.errors import ConfigError, HomeAssistantError
from marvin.events import EngineNotice, Event
from marvin.service import home_follower
from marvin.service.home_follower import follow_names, home_of
from tests.recorded_home import NAMES, TOKEN, home_config

DOWN = HomeAssistantError("home_assistant.url: nothing answers", SILENT)
OTHER = HomeNames(things=("Fan",))


class _Over(BaseException):
    """No more is asked for."""


class Following:
    """The names that Home Assistant has each time, and what becomes of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *found: HomeNames | Exception) -> None:
        self._found = list(found)
        self.events: list[Event] = []
        self.slept_s: list[float] = []
        monkeypatch.setenv("HOME_ASSISTANT_TOKEN", TOKEN)
        monkeypatch.setattr(home_follower, "fetch_names", self._fetch)

    async def _fetch(self, server: object) -> HomeNames:
        found = self._found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def _sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        if not self._found:
            raise _Over

    async def run(self, config: Config) -> EngineSet:
        engines = EngineSet(config, self.events.append)
        async with engines.running([engines.skills]):
            with contextlib.suppress(_Over):
                await follow_names(config, engines, sleep=self._sleep)
            await asyncio.sleep(0)
        return engines


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        skills=SkillsConfig(state_dir=tmp_path),
        home_assistant=home_config("http://127.0.0.1:9"),
    )


async def test_names_are_learned_kept_and_renewed(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[HomeNames] = []

    async def learn(engines: EngineSet, names: HomeNames) -> None:
        learned.append(names)

    monkeypatch.setattr(EngineSet, "learn_names", learn)
    following = Following(monkeypatch, DOWN, DOWN, NAMES, NAMES, DOWN, OTHER)
    await following.run(config)
    assert learned == [NAMES, OTHER]
    assert read_names(names_file(config)) == OTHER
    assert following.slept_s == [15, 30, 600, 600, 15, 600]
    notices = [EngineNotice("home_assistant", str(DOWN))] * 2
    assert following.events == notices, "told once for each time that it is down"


async def test_without_websockets_the_extra_is_named(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = Following(monkeypatch, ImportError("websockets"))
    await following.run(config)
    (event,) = following.events
    assert isinstance(event, EngineNotice)
    assert "pip install 'marvin-voice[servers]'" in event.message


async def test_no_home_no_names(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    following = Following(monkeypatch)
    await following.run(
        config.model_copy(update={"home_assistant": home_config("http://a", names=False)})
    )
    await following.run(Config())
    assert following.slept_s == []


@pytest.mark.parametrize(
    ("keys", "variable", "message"),
    [
        ({}, "", "variable HOME_ASSISTANT_TOKEN is not set"),
        ({}, "tok\u00e9n", "HOME_ASSISTANT_TOKEN does not contain a valid token"),
        ({"token_env": "eyJhbGciOi.secret"}, "", "should be the name of an environment variable"),
        ({"url": "http://me:secret@home:8123"}, "t", "home_assistant.url contains more than an"),
        ({"url": "http://home:8123/?token=secret"}, "t", "home_assistant.url contains more than"),
    ],
)
def test_wrong_settings_name_the_key_and_no_secret(
    keys: dict[str, str], variable: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", variable)
    table = home_config(**{"url": "http://home:8123", **keys})
    with pytest.raises(ConfigError, match=message) as raised:
        home_of(Config(home_assistant=table), _silent)
    assert "secret" not in str(raised.value)


def _silent(stage: str, message: str) -> None: ...
