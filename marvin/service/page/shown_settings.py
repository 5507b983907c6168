"""The settings that the page explains, with what they are."""

from collections.abc import Iterator

from marvin.boundary.redaction import redact
from marvin.config.generate import toml
from marvin.config.tables import Config

_SHOWN = (
    ("language",),
    ("wake", "label"),
    ("wake", "threshold"),
    ("wake", "candidate"),
    ("stt", "engine"),
    ("stt", "model"),
    ("llm", "engine"),
    ("llm", "model"),
    ("tts", "engine"),
    ("tts", "model"),
    ("tts", "voice"),
    ("turn", "silence_s"),
    ("turn", "no_speech_s"),
    ("turn", "max_s"),
    ("turn", "follow_up_s"),
    ("turn", "barge_in"),
    ("turn", "stop_word"),
    ("turn", "speculate"),
    ("audio", "volume"),
    ("skills", "clock"),
    ("skills", "ring_s"),
    ("skills", "alarm_s"),
    ("skills", "notes"),
)
"""Keys that change what happens in a conversation. An engine may lack some."""


def shown_settings(config: Config) -> list[dict[str, str]]:
    """Key, value and meaning of each, in the words of models.toml."""
    return list(_settings(config))


def _settings(config: Config) -> Iterator[dict[str, str]]:
    for path in _SHOWN:
        *tables, key = path
        table = getattr(config, tables[0]) if tables else config
        field = type(table).model_fields.get(key)
        value = getattr(table, key, None)
        if field is None or value is None:
            continue
        # A user may have entered an API key as a model name.
        yield {
            "key": ".".join(path),
            "value": redact(value if isinstance(value, str) else toml(value)),
            "meaning": " ".join((field.description or "").split()),
        }
