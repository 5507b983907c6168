"""Conversations of recordings and text, by the real processors of Voxtral and Audio Flamingo 3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from marvin.backends.pretrained.audio_checkpoint import (
    AUDIO_FLAMINGO,
    VOXTRAL,
    AudioCheckpoint,
    family_of,
    load_audio_checkpoint,
)
from marvin.backends.pretrained.audio_prompt import AudioPrompt, batched
from marvin.backends.pretrained.place import CPU
from marvin.errors import LanguageModelError, ModelLoadError
from marvin.hub.source import Source
from marvin.types import RATE_HZ, Message, Samples
from tests.checkpoints.audio_llm import make_audio_flamingo, make_voxtral

if TYPE_CHECKING:
    from torch import Tensor

SYSTEM = Message("system", "Be brief.")


def noise(seconds: float, seed: int = 1) -> Samples:
    chance = np.random.default_rng(seed)
    return chance.normal(0, 0.1, round(seconds * RATE_HZ)).astype(np.float32)


def asked(*seconds: float, text: str = "What?") -> list[Message]:
    recordings = tuple(noise(one, seed) for seed, one in enumerate(seconds))
    return [SYSTEM, Message("user", text, audio=recordings)]


@pytest.fixture(scope="module")
def voxtral(tmp_path_factory: pytest.TempPathFactory) -> AudioCheckpoint:
    pytest.importorskip("mistral_common", reason="needs the extra audio-llm")
    return loaded(make_voxtral(tmp_path_factory.mktemp("voxtral")))


@pytest.fixture(scope="module")
def flamingo(tmp_path_factory: pytest.TempPathFactory) -> AudioCheckpoint:
    return loaded(make_audio_flamingo(tmp_path_factory.mktemp("flamingo")))


def loaded(folder: Path) -> AudioCheckpoint:
    return load_audio_checkpoint(Source("llm.model", str(folder)), CPU)


def prompt_of(checkpoint: AudioCheckpoint) -> AudioPrompt:
    return AudioPrompt(checkpoint.processor, checkpoint.family)


@pytest.mark.parametrize(
    ("seconds", "tokens", "windows"),
    [(0.0, 375, 1), (0.05, 375, 1), (0.1, 375, 1), (29.9, 375, 1), (30.1, 750, 2), (95, 1500, 4)],
)
def test_voxtral_reads_whole_windows(
    voxtral: AudioCheckpoint, seconds: float, tokens: int, windows: int
) -> None:
    prompt = prompt_of(voxtral)
    encoded = prompt.encode(asked(seconds))
    assert encoded.ids.count(prompt.audio_id) == tokens
    assert encoded.features["input_features"].shape == (windows, 128, 3000)


@pytest.mark.parametrize(
    ("seconds", "tokens", "windows"),
    [(0.0, 2, 1), (0.05, 2, 1), (0.1, 2, 1), (29.9, 747, 1), (30.1, 752, 2), (95, 2375, 4)],
)
def test_audio_flamingo_reads_what_there_is(
    flamingo: AudioCheckpoint, seconds: float, tokens: int, windows: int
) -> None:
    prompt = prompt_of(flamingo)
    encoded = prompt.encode(asked(seconds))
    assert encoded.ids.count(prompt.audio_id) == tokens
    assert encoded.features["input_features"].shape == (windows, 128, 3000)


def test_voxtral_takes_several_recordings_in_several_turns(voxtral: AudioCheckpoint) -> None:
    prompt = prompt_of(voxtral)
    talk = [*asked(1, 31), Message("assistant", "Rain."), *asked(1, text="And now?")[1:]]
    encoded = prompt.encode(talk)
    assert encoded.ids.count(prompt.audio_id) == 375 + 750 + 375
    assert len(encoded.features["input_features"]) == 4
    text = prompt.tokenizer.decode(encoded.ids)
    assert text.index("Be brief.") < text.index("What?") < text.index("Rain.")
    assert generated(voxtral, batched([encoded], 11)).shape == (1, 3)


def test_audio_flamingo_takes_the_last_recording_only(flamingo: AudioCheckpoint) -> None:
    prompt = prompt_of(flamingo)
    talk = [*asked(2), Message("assistant", "Rain."), *asked(1, text="And now?")[1:]]
    assert prompt.encode(talk).ids.count(prompt.audio_id) == 25
    with pytest.raises(LanguageModelError, match="audioflamingo3 takes one recording at a time"):
        prompt.encode(asked(1, 2))


@pytest.mark.parametrize("which", ["voxtral", "flamingo"])
def test_text_alone_needs_no_recording(which: str, request: pytest.FixtureRequest) -> None:
    checkpoint: AudioCheckpoint = request.getfixturevalue(which)
    prompt = prompt_of(checkpoint)
    encoded = prompt.encode([SYSTEM, Message("user", "What?")])
    assert not encoded.features
    assert "Be brief." in prompt.tokenizer.decode(encoded.ids)
    assert generated(checkpoint, batched([encoded], 0)).shape == (1, 3)


@pytest.mark.parametrize("which", ["voxtral", "flamingo"])
def test_a_batch_of_unequal_lengths_is_read_as_one_by_one(
    which: str, request: pytest.FixtureRequest
) -> None:
    import torch

    checkpoint: AudioCheckpoint = request.getfixturevalue(which)
    prompt = prompt_of(checkpoint)
    talks = [prompt.encode(asked(1)), prompt.encode(asked(31, text="What is happening here?"))]
    with torch.inference_mode():
        together = checkpoint.model(**batched(talks, 0)).logits[:, -1]
        alone = [checkpoint.model(**batched([one], 0)).logits[0, -1] for one in talks]
    torch.testing.assert_close(together, torch.stack(alone), rtol=1e-3, atol=1e-4)
    assert not torch.equal(alone[0], alone[1])


@pytest.mark.parametrize(
    ("family", "most"), [(VOXTRAL, "voxtral takes 2400 s"), (AUDIO_FLAMINGO, "takes 600 s")]
)
def test_an_hour_is_too_long(family: object, most: str, request: pytest.FixtureRequest) -> None:
    checkpoint: AudioCheckpoint = request.getfixturevalue(
        "voxtral" if family is VOXTRAL else "flamingo"
    )
    hour = Message("user", "", audio=(np.zeros(3600 * RATE_HZ, np.float32),))
    with pytest.raises(LanguageModelError, match=f"the recording is 3600 s long.*{most}"):
        prompt_of(checkpoint).encode([hour])


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_voxtral(tmp_path)
    monkeypatch.setattr("marvin.backends.pretrained.audio_checkpoint.find_spec", lambda name: None)
    with pytest.raises(ModelLoadError, match=r"pip install 'marvin-voice\[audio-llm\]'"):
        loaded(tmp_path)


def test_another_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ModelLoadError, match="model_type 'llama', not 'voxtral' or 'audiofla"):
        family_of(Source("llm.model", str(tmp_path)))


def generated(checkpoint: AudioCheckpoint, arguments: dict[str, Tensor]) -> Tensor:
    made: Tensor = checkpoint.model.generate(
        **arguments, max_new_tokens=3, min_new_tokens=3, do_sample=False
    )
    return made[:, -3:]
