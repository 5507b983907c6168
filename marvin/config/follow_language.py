"""Sets the keys of recogniser and voice that follow from `language`."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TypeVar

from marvin.config.engine_table import EngineTable
from marvin.config.stt import SphinxConfig, TranscriberConfig
from marvin.config.tables import AUTO, ENGLISH, LANGUAGES, Config
from marvin.config.tts import EspeakConfig, SynthesizerConfig

EngineT = TypeVar("EngineT", bound=EngineTable)


def follow_language(
    tables: MutableMapping[str, object],
    origins: MutableMapping[tuple[str, ...], str],
    is_own: Callable[[tuple[str, ...]], bool],
) -> None:
    """Change merged tables, which may be invalid. `is_own`: the user has set this key."""
    language = tables.get("language")
    if language == ENGLISH or language not in (*LANGUAGES, AUTO):
        return
    assert isinstance(language, str)
    origin = f'language = "{language}"'

    def take(stage: str, keys: Mapping[str, object]) -> None:
        own = {key for key in keys if is_own((stage, key))}
        table = _table(tables, stage)
        tables[stage] = {**table, **{key: keys[key] for key in keys if key not in own}}
        for key in keys.keys() - own:
            origins[stage, key] = origin

    if hears := _engine(tables, "stt", TranscriberConfig, SphinxConfig):
        take("stt", hears.for_language(language, _table(tables, "stt")) or {})
    speaks = _engine(tables, "tts", SynthesizerConfig, EspeakConfig)
    if language == AUTO or speaks is None:
        return
    keys = speaks.for_language(language)
    if keys is None and not any(is_own(key) for key in origins if key[0] == "tts"):
        for stale in [key for key in origins if key[0] == "tts"]:
            del origins[stale]
        tables["tts"] = {}
        keys = {"engine": "espeak", **EspeakConfig.for_language(language)}
    take("tts", keys or {})


def _table(tables: Mapping[str, object], stage: str) -> dict[str, object]:
    table = tables.get(stage, {})
    return table if isinstance(table, dict) else {}


def _engine(
    tables: Mapping[str, object], stage: str, kind: type[EngineT], default: type[EngineT]
) -> type[EngineT] | None:
    """The class of the stage's engine; None if there is no such engine."""
    name = _table(tables, stage).get("engine", default.model_fields["engine"].default)
    found = (one for one in kind.choices() if one.model_fields["engine"].default == name)
    return next(found, None)


def language_problem(config: Config) -> str:
    """Why nobody would be understood; empty if nothing is wrong."""
    wrong = "" if config.language == ENGLISH else config.stt.lacks()
    return f"{wrong} (language = {config.language!r})" if wrong else ""


def language_notices(config: Config) -> Iterator[str]:
    """Warnings about keys of the user's that do not fit the language."""
    if config.language in (ENGLISH, AUTO):
        return
    if config.tts.reads not in ("", config.language):
        yield (
            f"tts: the voice that you chose reads {config.tts.reads!r}, but language = "
            f"{config.language!r}: without keys of yours in [tts], Marvin takes one that speaks it"
        )
