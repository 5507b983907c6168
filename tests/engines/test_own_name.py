"""The name is the wake word without its greeting."""

import pytest

from marvin.config.tables import Config
from marvin.config.wake import AstConfig
from marvin.engines.registry import own_name, wake_phrases
from marvin.stt.address import without_wake_phrase


@pytest.mark.parametrize(
    ("label", "language", "name"),
    [
        ("marvin", "en", "marvin"),
        ("hey marvin", "en", "marvin"),
        ("Okay Nabu", "en", "Nabu"),
        ("hey", "en", "hey"),
        ("view glass", "en", "view glass"),
        ("hallo marvin", "en", "hallo marvin"),
        ("hallo marvin", "de", "marvin"),
    ],
)
def test_name_is_without_greeting(label: str, language: str, name: str) -> None:
    assert own_name(Config(wake=AstConfig(label=label), language=language)) == name


@pytest.mark.parametrize("said", ["Hey Marvin, stop", "Marvin, stop", "Okay Marvin, stop", "stop"])
def test_what_is_left_of_a_phrase_with_a_greeting_is_removed(said: str) -> None:
    phrases = wake_phrases(Config(wake=AstConfig(label="hey marvin")))
    assert without_wake_phrase(said, phrases)[0] == "stop"
