"""Wrong values of [tools] are named with their key."""

import re
from pathlib import Path

import pytest

from marvin.config.llm import ChatConfig, GgufConfig, TransformersConfig, takes_tools
from marvin.config.loading import load_config
from marvin.errors import ConfigError


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ('[tools.mcp.a]\ncommand = "x"', "tools.mcp.a.allow: is missing"),
        ('[tools.mcp.a]\ncommand = "x"\nallow = []', "should not be empty"),
        ('[tools.mcp.a]\nallow = ["*"]', "needs either `command` or `url`"),
        ('[tools.mcp.a]\ncommand = "x"\nurl = "http://x"\nallow = ["*"]', "needs either"),
        ('[tools.mcp.a]\nurl = "x"\nallow = ["*"]', "should begin with http://"),
        ('[tools.mcp.a]\ncommand = "x"\nallow = ["*"]\nconfrim = []', "did you mean 'confirm'"),
        ('[tools.mcp."A b"]\ncommand = "x"\nallow = ["*"]', "small letters, digits"),
        ("[tools]\nmost = 0", "tools.most"),
        ('[tools]\nskills = ["own", "timer"]', "tools.skills[1]: 'timer' is not known (did you me"),
    ],
)
def test_wrong_value(tmp_path: Path, lines: str, wrong: str) -> None:
    file = tmp_path / "models.toml"
    file.write_text(lines)
    with pytest.raises(ConfigError, match=re.escape(wrong)):
        load_config(file)


def test_only_models_on_servers_are_offered_tools_unasked() -> None:
    assert takes_tools(ChatConfig())
    assert not takes_tools(ChatConfig(tools="off"))
    assert not takes_tools(TransformersConfig())
    assert takes_tools(TransformersConfig(tools="on"))
    assert not takes_tools(GgufConfig())
