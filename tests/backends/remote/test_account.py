"""Wrong addresses and keys are reported before the first turn, and never shown."""

from pathlib import Path

import pytest

from marvin.backends.remote.account import open_client, read_key
from marvin.config import load_config
from marvin.errors import ConfigError

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_key_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_KEY", value)
    message = r"^stt\.api_key_env: the environment variable MY_KEY is not set: put the key into it"
    with pytest.raises(ConfigError, match=message):
        read_key("MY_KEY", "stt")


@pytest.mark.parametrize("mistaken", [KEY, "hf_abcdefghijklmnopqrstuvwxyz0123456"])
def test_key_in_place_of_the_variable_name_is_not_shown(mistaken: str) -> None:
    with pytest.raises(ConfigError, match="variable that it names is not set") as raised:
        read_key(mistaken, "stt")
    assert mistaken not in str(raised.value)


@pytest.mark.parametrize("key", ["two\nlines", "schlüssel"])
def test_malformed_key_is_not_sent(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(
        ConfigError, match=r"^stt\.api_key_env: MY_KEY does not contain a valid key"
    ) as raised:
        read_key("MY_KEY", "stt")
    assert key not in str(raised.value)


@pytest.mark.parametrize("url", ["http://me:pass@host/v1", "https://host/v1?key=pass"])
def test_key_in_the_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(
        ConfigError, match=r"^stt\.base_url contains more than an address"
    ) as raised:
        open_client(url, None, 1.0, "stt")
    assert "pass" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:8000/v1", "'localhost:8000/v1' should begin with http:// or https:// and a"),
        ("ftp://host/v1", "'ftp://host/v1' should begin with http:// or https:// and a server's"),
        ("http://:8000/v1", "'http://:8000/v1' should begin with http:// or https:// and a serve"),
        ("http://host:99999/v1", "Port out of range 0-65535 (it is 'http://host:99999/v1')"),
        ("http://[::1/v1", "Invalid IPv6 URL (it is 'http://[::1/v1')"),
        ("", "'' should begin with http:// or https:// and a server's name"),
    ],
)
@pytest.mark.parametrize("table", ["stt", "tts"])
def test_malformed_address_is_a_configuration_error(
    tmp_path: Path, table: str, url: str, message: str
) -> None:
    path = tmp_path / "models.toml"
    path.write_text(f'[{table}]\nengine = "openai"\nbase_url = "{url}"\n')
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert f"{table}.base_url: {message}" in str(raised.value)


def test_unusable_address_is_found_before_the_first_turn() -> None:
    with pytest.raises(ConfigError, match=r"^stt\.base_url = 'http://exa\\x07mple/v1': Invalid"):
        open_client("http://exa\x07mple/v1", None, 1.0, "stt")
