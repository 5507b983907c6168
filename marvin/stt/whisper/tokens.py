"""The special tokens of a Whisper checkpoint, and its prompt.

A prompt is `<|startoftranscript|>`, then for a multilingual model the language and the task, then
`<|notimestamps|>` unless timestamps are wanted (Radford et al. 2022, figure 1).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.lock import transformers_lock
from marvin.errors import ConfigError, ModelLoadError

if TYPE_CHECKING:
    from marvin.hub.source import Source

_AUTO = "auto"


@dataclass(frozen=True, slots=True)
class WhisperTokens:
    """Ids of special and suppressed tokens."""

    start: int
    end: int
    no_timestamps: int
    task: int | None
    """`<|transcribe|>`, or `<|translate|>` to English; None for an English-only model."""
    languages: Mapping[str, int]
    """By ISO 639-1 code; empty for an English-only model."""
    never: tuple[int, ...] = field(default=(), repr=False)
    """Suppressed everywhere: music notes, brackets and the like, and special tokens."""
    not_first: tuple[int, ...] = ()
    """Suppressed at the start: the end token, and a space."""
    positions: int = 448
    """Maximum number of tokens, including the prompt."""
    max_length: int = 448
    """Maximum number of tokens after the prompt."""

    @property
    def no_speech(self) -> int:
        """Its probability after `start` is the no-speech probability."""
        return self.no_timestamps - 1

    @property
    def first_timestamp(self) -> int:
        """`<|0.00|>`; the others follow in steps of 20 ms."""
        return self.no_timestamps + 1

    @property
    def has_timestamps(self) -> bool:
        """Whether the model supports timestamps."""
        return self.first_timestamp not in self.never

    def prompt(self, language: str | None, *, timestamps: bool = False) -> list[int]:
        """The tokens before the text; only `start` while the language is unknown."""
        prompt = [self.start]
        if self.languages:
            if language is None:
                return prompt
            prompt.append(self.languages[language])
            if self.task is not None:
                prompt.append(self.task)
        return prompt if timestamps else [*prompt, self.no_timestamps]


def read_tokens(
    model: Any, tokenizer: Any, source: Source, task: str = "transcribe"
) -> WhisperTokens:
    """From the generation config, or from the tokenizer if a fine-tune has none.

    Raises:
        ConfigError: The model does not know the task.
        ModelLoadError: The tokens are not those of a Whisper model.
    """
    settings = model.generation_config

    def token(key: str, text: str) -> int:
        index = tokenizer.convert_tokens_to_ids(text)
        wanted = getattr(settings, key, None)
        if index == tokenizer.unk_token_id or wanted not in (None, index):
            raise ModelLoadError(f"{source}: its tokenizer is not that of the model: no {text}")
        return int(index)

    languages = _languages(model, tokenizer)
    if task == "translate" and not languages:
        raise ConfigError(
            f"stt.task = {task!r}: the model of {source} knows English only; "
            "those without `.en` in their names translate"
        )
    return WhisperTokens(
        start=token("decoder_start_token_id", "<|startoftranscript|>"),
        end=tokenizer.eos_token_id,
        no_timestamps=token("no_timestamps_token_id", "<|notimestamps|>"),
        task=_task(settings, tokenizer, task) if languages else None,
        languages=languages,
        never=tuple(settings.suppress_tokens or ()),
        not_first=tuple(settings.begin_suppress_tokens or ()),
        positions=model.config.max_target_positions,
        max_length=settings.max_length or model.config.max_target_positions,
    )


def choose_language(tokens: WhisperTokens, wanted: str, source: Source) -> str | None:
    """The language to transcribe; None: detect it.

    Raises:
        ConfigError: The model does not support it.
    """
    if not tokens.languages:
        if wanted in ("en", _AUTO):
            return "en"
        raise ConfigError(
            f"stt.language = {wanted!r}: the model of {source} knows English only; those "
            "without `.en` in their names know 99 languages"
        )
    if wanted == _AUTO:
        return None
    if wanted in tokens.languages:
        return wanted
    raise ConfigError(
        f"stt.language = {wanted!r}: the model of {source} does not know it"
        f"{_instead(wanted, tokens)}"
    )


def _instead(wanted: str, tokens: WhisperTokens) -> str:
    """What the user may have meant, or what there is."""
    with transformers_lock:
        from transformers.models.whisper.tokenization_whisper import LANGUAGES, TO_LANGUAGE_CODE

    if wanted in LANGUAGES:
        others = f"; openai/whisper-large-v3 and -turbo do; it knows {len(tokens.languages)}"
        return f"{others} languages: {', '.join(sorted(tokens.languages))}"
    # Names first: a code wins where both are spelt alike.
    names = {name: code for name, code in TO_LANGUAGE_CODE.items() if code in tokens.languages}
    names |= {code: code for code in tokens.languages}
    close = difflib.get_close_matches(wanted.lower(), names, n=1)
    if close:
        return f" (did you mean {names[close[0]]!r}?)"
    return f" (it knows {', '.join(sorted(tokens.languages))}; `{_AUTO}` detects the language)"


def _task(settings: Any, tokenizer: Any, task: str) -> int:
    ids = getattr(settings, "task_to_id", None) or {}
    return int(ids.get(task, tokenizer.convert_tokens_to_ids(f"<|{task}|>")))


def _languages(model: Any, tokenizer: Any) -> dict[str, int]:
    """The model's languages; none if it is English-only."""
    with transformers_lock:
        from transformers.models.whisper.tokenization_whisper import LANGUAGES

    settings = model.generation_config
    known = getattr(settings, "lang_to_id", None)
    if getattr(settings, "is_multilingual", bool(known)) is False:
        return {}
    if known:
        return {text.strip("<|>"): int(index) for text, index in known.items()}
    # Fine-tunes from before 2023-08 do not say; OpenAI goes by the size of the vocabulary.
    if model.config.vocab_size < 51_865:
        return {}
    ids = {code: tokenizer.convert_tokens_to_ids(f"<|{code}|>") for code in LANGUAGES}
    return {code: index for code, index in ids.items() if index != tokenizer.unk_token_id}
