"""The user's own data is removed; what everybody has is kept."""

from pathlib import Path
from typing import Any

import pytest

from marvin.boundary.redaction import LEFT_OUT
from marvin.config.llm import ChatConfig, TransformersConfig
from marvin.config.table import Table
from marvin.config.tables import AudioConfig, CommandConfig, Config, SkillsConfig
from marvin.config.wake import AstConfig
from marvin.workshop.doctor.redacting import Redactor


def redacted(text: str, written: object = (), **environment: str) -> object:
    return Redactor(written, environment).tree(text)


def table(of: Table) -> dict[str, Any]:
    return Redactor((), {}).table(of)


def test_user_s_words_are_removed_everywhere() -> None:
    written = {"llm": {"system_prompt": 'Her name is Anna.\nShe likes "tea".'}, "my_list": ["Tea"]}
    assert redacted("at 'Her name is Anna.'", written) == f"at '{LEFT_OUT}'"
    assert redacted('She likes \\"tea\\".', written) == LEFT_OUT
    assert redacted("Her name is Anna.\\nShe likes", written) == f"{LEFT_OUT}\\nShe likes"
    assert redacted("unknown key my_list", written) == f"unknown key {LEFT_OUT}"


def test_shipped_and_well_known_values_are_kept() -> None:
    written = {
        "profile": "laptop",
        "stt": {"engine": "whisper", "model": "openai/whisper-small.en", "device": "cuda:1"},
        "tts": {"engine": "espeak", "voice": "en-gb+f3"},
        "llm": {"base_url": "http://localhost:11434/v1"},
    }
    text = "laptop whisper openai/whisper-small.en cuda:1 en-gb+f3 http://localhost:11434/v1"
    assert redacted(text, written) == text


@pytest.mark.parametrize(
    "secret",
    ["hf_abcdefgh", "sk-abc_123-x", "Bearer abc.def", "gsk_abcdefgh", "https://anna:pw@host"],
)
def test_likely_secrets_are_removed_even_if_unknown(secret: str) -> None:
    told = str(redacted(f"it says {secret} here"))
    assert LEFT_OUT in told or "://***@" in told
    assert secret not in told


def test_case_does_not_matter() -> None:
    written = {"wake": {"label": "Hey Anna"}}
    assert redacted("no HEY ANNA here", written) == f"no {LEFT_OUT} here"
    assert redacted("OpenSesame", OLLAMA_API_KEY="opensesame") == LEFT_OUT


def test_secrets_of_the_environment_are_removed() -> None:
    assert redacted("x opensesame x", OLLAMA_API_KEY="opensesame") == f"x {LEFT_OUT} x"
    written = {"llm": {"api_key_env": "OLLAMA"}}
    assert redacted("x opensesame x", written, OLLAMA="opensesame") == f"x {LEFT_OUT} x"
    assert redacted("x opensesame x", OLLAMA="opensesame") == "x opensesame x"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/anna/models/x", "~/models/x"),
        ("'/home/anna'", "'~'"),
        ("/Users/Anna/x", "~/x"),
        ("/media/anna/stick", "~/stick"),
        ("/root/.cache", "~/.cache"),
        ("/srv/people/anna/x", "~/x"),
        ("/usr/share/zoneinfo", "/usr/share/zoneinfo"),
    ],
)
def test_home_folder_names_are_removed(path: str, shown: str) -> None:
    assert redacted(path, HOME="/srv/people/anna") == shown


def test_folders_from_the_environment_are_removed() -> None:
    assert redacted("/mnt/anna/hub: full", HF_HOME="/mnt/anna") == f"{LEFT_OUT}/hub: full"


def test_hosts_are_removed_with_their_addresses() -> None:
    written = {"llm": {"base_url": "http://annas-pc:11434/v1"}}
    assert redacted("no route to annas-pc", written) == f"no route to {LEFT_OUT}"


def test_device_names_are_kept() -> None:
    written = {"audio": {"input": "Yeti"}, "wake": {"label": "Yetina"}}
    text = "Blue Yeti, Yetina"
    redactor = Redactor(written, {}, ["Blue Yeti Microphone"])
    assert redactor.tree(text) == f"Blue Yeti, {LEFT_OUT}"


def test_nested_values_are_redacted() -> None:
    redactor = Redactor({"x": "secret word"}, {})
    found = redactor.tree({"a": ["secret word", 1, None], "b": ("x", {"c": "a secret word"})})
    assert found == {"a": [LEFT_OUT, 1, None], "b": ["x", {"c": f"a {LEFT_OUT}"}]}


def test_table_keeps_only_numbers_and_choices() -> None:
    told = table(Config(wake=AstConfig(model="/home/anna/m", label="hey anna", threshold=0.7)))
    assert told["wake"]["threshold"] == 0.7
    assert (told["wake"]["model"], told["wake"]["label"]) == (LEFT_OUT, LEFT_OUT)
    assert told["wake"]["engine"] == "ast"
    assert told["stt"] == {"engine": "sphinx", "confidence": 0.5}
    assert table(AudioConfig(input="Anna's ears"))["input"] == LEFT_OUT


def test_servers_are_local_or_remote() -> None:
    far = ChatConfig(base_url="https://annas-pc:8443/secret/v1", api_key_env="ANNAS_KEY")
    told = table(TransformersConfig(fallbacks=(far,)))["fallbacks"][0]
    assert told["base_url"] == "https://another-machine:8443/..."
    assert told["api_key_env"] == LEFT_OUT
    near = table(ChatConfig(base_url="http://127.0.0.1:8080/v1"))
    assert near["base_url"] == "http://127.0.0.1:8080/v1"


def test_commands_and_lists_are_counted() -> None:
    command = CommandConfig(
        sentences=("call mum",), run=("/home/anna/call", "+44123"), say="ok mum"
    )
    told = table(
        SkillsConfig(lists={"who": ("mum", "dad")}, commands=(command,), state_dir=Path("/x/anna"))
    )
    assert told["commands"] == [
        {
            "sentences": f"1 {LEFT_OUT}",
            "say": LEFT_OUT,
            "run": f"2 {LEFT_OUT}",
            "timeout_s": 10.0,
        }
    ]
    assert (told["lists"], told["state_dir"]) == (f"1 {LEFT_OUT}", LEFT_OUT)
