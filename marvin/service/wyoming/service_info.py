"""What Marvin tells a client about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marvin import __version__
from marvin.config.engine_table import EngineTable
from marvin.config.tables import Config

if TYPE_CHECKING:
    from wyoming.info import Attribution, Info

NAME = "marvin"


def service_info(config: Config) -> Info:
    from wyoming.info import (
        AsrModel,
        AsrProgram,
        HandleModel,
        HandleProgram,
        Info,
        TtsProgram,
        TtsVoice,
        WakeModel,
        WakeProgram,
    )

    languages = list(config.languages)
    phrase = config.wake.label
    asr = AsrModel(**_model(config.stt), languages=languages)
    voice = TtsVoice(**_model(config.tts), languages=languages)
    handle = HandleModel(**_model(config.llm, "marvin"), languages=languages)
    wake = WakeModel(**_model(config.wake, phrase), languages=["en"], phrase=phrase)
    streams = bool(getattr(config.stt, "partial_s", 0.0))
    return Info(
        asr=[AsrProgram(**_program(), models=[asr], supports_transcript_streaming=streams)],
        tts=[TtsProgram(**_program(), voices=[voice], supports_synthesize_streaming=True)],
        handle=[HandleProgram(**_program(), models=[handle], supports_handled_streaming=True)],
        wake=[WakeProgram(**_program(), models=[wake])],
    )


def _program() -> dict[str, Any]:
    return {
        "name": NAME,
        "attribution": _by(NAME),
        "installed": True,
        "description": "Marvin, a voice assistant on this machine",
        "version": __version__,
    }


def _model(table: EngineTable, name: str = "") -> dict[str, Any]:
    """`name`: what clients call it, instead of its model or its engine."""
    title = table.title()
    return {
        "name": name or title,
        "attribution": _by(title),
        "installed": True,
        "description": f"{table.engine}: {title}" if title != table.engine else title,
        "version": __version__,
    }


def _by(name: str) -> Attribution:
    from wyoming.info import Attribution

    owner, slash, _ = name.partition("/")
    if slash and owner and not name.startswith("/"):
        return Attribution(owner, f"https://huggingface.co/{name}")
    return Attribution("Marvin", "https://pypi.org/project/marvin-voice")
