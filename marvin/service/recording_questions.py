"""Questions about recordings, to a language model that hears them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np

from marvin.audio.wavfile import WavSource
from marvin.backends.pretrained.audio_checkpoint import FAMILIES
from marvin.config.hearing import AudioLanguageModelConfig
from marvin.config.llm import ChatConfig, ConversationTable
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.errors import AudioFileError, ConfigError, MarvinError
from marvin.mind.spoken_text import SpokenText
from marvin.protocols import LanguageModel
from marvin.types import RATE_HZ, Message, Notice, Samples

_SENT_S = 1800.0
"""As much audio as is sent to a server."""
_PATIENCE = 10
"""Factor on the limits of a spoken answer: nobody waits for the first word."""

Told = tuple[tuple[Path, ...], str | MarvinError]
"""A sentence about files, or why there is none."""


async def tell_about(
    config: Config, files: Sequence[Path], question: str, *, apart: bool = False, most: int = 0
) -> AsyncGenerator[Told]:
    """Sentences about all the files at once, or about each, with `apart` or if the model takes one
    at a time; at `most` so many each time, if that is not 0. Files that cannot be read are left
    out.

    Raises:
        ConfigError: The language model does not hear.
        MarvinError: It cannot be loaded.
    """
    table = _that_hears(config)
    longest_s, several = _SENT_S, True
    if isinstance(table, AudioLanguageModelConfig):
        family = FAMILIES[table.engine]
        longest_s, several = family.longest_s, family.several
    groups = [files] if several and not apart else [[path] for path in files]
    engines = EngineSet(_patient(config))
    async with engines.running(()):
        for group in groups:
            heard: dict[Path, Samples] = {}
            for path in group:
                left_s = longest_s - sum(map(len, heard.values())) / RATE_HZ
                try:
                    heard[path] = await _read(path, left_s, longest_s)
                except AudioFileError as error:
                    yield (path,), error
            asked = Message("user", question, audio=tuple(heard.values()))
            if not heard:
                continue
            try:
                async with aclosing(_sentences(engines.language_model, asked, most)) as sentences:
                    async for sentence in sentences:
                        yield tuple(heard), sentence
            except MarvinError as error:
                yield tuple(heard), error


def _that_hears(config: Config) -> AudioLanguageModelConfig | ChatConfig:
    """Raises ConfigError."""
    table = config.llm
    if isinstance(table, AudioLanguageModelConfig) or (
        isinstance(table, ChatConfig) and table.audio
    ):
        return table
    raise ConfigError(
        f'llm.engine = "{table.engine}" hears nothing: use "voxtral" or "audio_flamingo", or '
        '"chat" with llm.audio = true and a model that hears (docs/audio-language-models.md)'
    )


def _patient(config: Config) -> Config:
    table = config.llm
    assert isinstance(table, ConversationTable)
    limits = {name: _PATIENCE * getattr(table, name) for name in ("first_token_s", "answer_s")}
    return config.model_copy(update={"llm": table.model_copy(update=limits)})


async def _read(path: Path, left_s: float, longest_s: float) -> Samples:
    """As it sounds: without the filters that are for speech. Raises AudioFileError."""
    chunks = []
    async for chunk in WavSource(path).chunks():
        if chunk.end > left_s * RATE_HZ:
            raise AudioFileError(
                f"{path} is too long: the model hears {longest_s:.0f} s at once; cut it up"
            )
        chunks.append(chunk.samples)
    return np.concatenate(chunks)


async def _sentences(model: LanguageModel, asked: Message, most: int) -> AsyncGenerator[str]:
    text = SpokenText(most=most)
    async with aclosing(model.reply([asked])) as deltas:
        async for delta in deltas:
            for sentence in [delta] if isinstance(delta, Notice) else text.feed(delta):
                yield sentence
            if text.over:
                return
    for sentence in text.end():
        yield sentence
