"""`marvin run --satellite`."""

import argparse
from socket import gethostname

import pytest

from marvin.cancellation import CancelToken
from marvin.cli.arguments import parser
from marvin.cli.arguments.conversation import server_url
from marvin.cli.commands.satellite import as_satellite
from marvin.cli.commands.talking import _loaded
from marvin.config import Loaded
from marvin.config.llm import WyomingAgentConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.config.wake import AstConfig
from marvin.dialogue import Dialogue
from marvin.errors import ConfigError
from marvin.skills.skillset import Skillset

URL = "tcp://bigbox:10400"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("bigbox", URL),
        ("bigbox:10500", "tcp://bigbox:10500"),
        ("tcp://192.168.1.5:1", "tcp://192.168.1.5:1"),
        ("[fe80::1]:7", "tcp://[fe80::1]:7"),
    ],
)
def test_port_may_be_left_out(text: str, url: str) -> None:
    assert server_url(text) == url


@pytest.mark.parametrize("text", ["", "http://bigbox", "bigbox:x", "bigbox/v1", "me@bigbox", ":9"])
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(
        argparse.ArgumentTypeError, match="should be a name like bigbox, or bigbox:"
    ):
        server_url(text)


@pytest.mark.parametrize(("language", "told"), [("en", "en"), ("de", "de"), ("auto", None)])
def test_only_the_wake_word_stays(language: str, told: str | None) -> None:
    config = Config(language=language, wake=AstConfig(threshold=0.7), skills=SkillsConfig(ring_s=5))
    loaded = as_satellite(Loaded(config, {}, "embedded", "because"), URL)
    config = loaded.config
    assert config.wake == AstConfig(threshold=0.7)
    engines = (config.stt, config.llm, config.tts)
    assert [(one.engine, getattr(one, "url", "")) for one in engines] == [("wyoming", URL)] * 3
    assert [getattr(one, "language", "") for one in engines] == [language, told, told]
    assert "Satellite" in loaded.why


@pytest.mark.parametrize(
    ("options", "room"),
    [(["--name", "the  kitchen"], "the kitchen"), ([], gethostname().partition(".")[0])],
)
def test_room_has_the_given_name_or_that_of_the_machine(options: list[str], room: str) -> None:
    arguments = parser().parse_args(["run", "--satellite", "bigbox", *options])
    table = _loaded(arguments).config.llm
    assert isinstance(table, WyomingAgentConfig)
    assert table.room == room


def test_name_without_a_satellite_says_where_it_goes() -> None:
    arguments = parser().parse_args(["run", "--name", "kitchen"])
    with pytest.raises(ConfigError, match=r"--name is for --satellite; .* serve\.room"):
        _loaded(arguments)


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("stop", True),
        ("set the volume to five", True),
        ("set a timer for five minutes", False),
        ("what time is it", False),
        ("turn on the light", False),
        ("what is the weather", False),
        ("hello", False),
        ("order a pizza", False),
    ],
)
def test_only_what_is_about_the_loudspeaker_is_understood_here(
    satellite: Skillset, text: str, here: bool
) -> None:
    found = satellite.match(text, (), Dialogue(), CancelToken())
    assert (found is not None) is here


@pytest.fixture(scope="module")
def satellite() -> Skillset:
    loaded = as_satellite(Loaded(Config(), {}, "embedded", "because"), URL)
    return Skillset.load(loaded.config.skills)
