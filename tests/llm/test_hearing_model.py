"""The engines that hear, on tiny checkpoints with random weights."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.hearing import AudioFlamingoConfig, VoxtralConfig
from marvin.config.llm import TransformersConfig
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.errors import LanguageModelError, ModelLoadError
from marvin.events import EngineNotice, Event
from marvin.hub.source import Source
from marvin.llm.audio_llm.hearing_model import HearingLanguageModel
from marvin.types import RATE_HZ, Endpoint, Message, Samples, Transcript, Utterance
from tests.checkpoints.audio_llm import make_audio_flamingo, make_voxtral
from tests.checkpoints.chat import make_chat

SYSTEM = Message("system", "Be brief, and plain.")


def noise(seconds: float, seed: int = 1) -> Samples:
    chance = np.random.default_rng(seed)
    return chance.normal(0, 0.1, round(seconds * RATE_HZ)).astype(np.float32)


def said(seconds: float, seed: int = 1) -> Message:
    return Message("user", "as it was written", audio=(noise(seconds, seed),), spoken=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_audio_flamingo(tmp_path_factory.mktemp("flamingo"), gain=20.0)


def load(folder: Path, place: Place = CPU, **values: Any) -> HearingLanguageModel:
    values = {"max_tokens": 6, **values}
    return HearingLanguageModel.load(AudioFlamingoConfig(model=str(folder), **values), place)


def answer(model: HearingLanguageModel, *messages: Message) -> str:
    return "".join(model.generate(messages, CancelToken()))


def test_what_was_computed_for_one_recording_is_not_for_another(folder: Path) -> None:
    model = load(folder)
    earlier = [Message("user", "Hm?"), Message("assistant", "Rain.")]
    talks = [
        [SYSTEM, said(1)],
        [SYSTEM, said(1, seed=2)],
        [SYSTEM, *earlier, said(2)],
        [SYSTEM, *earlier, Message("user", "Why?")],
        [SYSTEM, said(1)],
    ]
    answers = [answer(model, *talk) for talk in talks]
    assert answers == [answer(load(folder, seed=at), *talk) for at, talk in enumerate(talks)]
    assert len(set(answers)) == 4


def test_the_transcript_is_not_read(folder: Path) -> None:
    other = Message("user", "written otherwise", audio=said(1).audio, spoken=True)
    asked = Message("user", "as it was written", audio=said(1).audio)
    model = load(folder, max_tokens=12)
    assert answer(model, SYSTEM, said(1)) == answer(model, SYSTEM, other)
    assert answer(model, SYSTEM, said(1)) != answer(model, SYSTEM, asked)


@pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
def test_other_number_formats(folder: Path, dtype: str) -> None:
    assert answer(load(folder, Place("cpu", dtype, 1)), SYSTEM, said(1))


@pytest.mark.parametrize("seconds", [0.0, 0.05, 31.0])
def test_silence_of_any_length_is_heard(folder: Path, seconds: float) -> None:
    silence = Message("user", "", audio=(np.zeros(round(seconds * RATE_HZ), np.float32),))
    assert answer(load(folder), silence)


def test_it_can_be_cancelled_while_it_reads(folder: Path) -> None:
    token = CancelToken()
    model = load(folder)
    deltas = model.generate([SYSTEM, said(1)], token)
    next(deltas)
    token.cancel()
    with pytest.raises(Cancelled):
        list(deltas)
    assert answer(model, SYSTEM, said(1)) == answer(load(folder, seed=1), SYSTEM, said(1))


def test_a_long_conversation_loses_its_oldest_turns(folder: Path) -> None:
    model = load(folder)
    long = [Message("user", "old " * 1100), Message("assistant", "I see.")]
    assert answer(model, SYSTEM, *long, said(1)) == answer(model, SYSTEM, said(1))


def test_a_question_that_is_longer_than_the_context_says_so(folder: Path) -> None:
    with pytest.raises(LanguageModelError, match=r"the question has \d+ tokens, and only 4090 fit"):
        answer(load(folder), SYSTEM, said(170))


def test_a_checkpoint_of_another_kind_is_named(folder: Path) -> None:
    with pytest.raises(ModelLoadError, match="model_type 'audioflamingo3', not 'voxtral'"):
        HearingLanguageModel.load(VoxtralConfig(model=str(folder)), CPU)


@pytest.mark.parametrize("which", ["voxtral", "audio_flamingo"])
def test_it_transcribes(which: str, folder: Path, tmp_path: Path) -> None:
    if which == "voxtral":
        pytest.importorskip("mistral_common", reason="needs the extra audio-llm")
        config = VoxtralConfig(model=str(make_voxtral(tmp_path)))
        model = HearingLanguageModel.load(config, CPU)
    else:
        model = load(folder)
    utterance = Utterance(noise(1), 0, 1.0, Endpoint.SILENCE, language="en")
    written = model.transcribe(utterance, CancelToken())
    assert isinstance(written, Transcript)
    assert written.language == "en"


async def test_its_worker_frees_it_when_idle_and_loads_it_again(folder: Path) -> None:
    table = AudioFlamingoConfig(model=str(folder), max_tokens=4, device="cpu", idle_unload_s=0.01)
    engines = EngineSet(Config(llm=table))
    async with engines.running([engines.generators[0]]):
        answers = []
        for _ in range(2):
            deltas = [one async for one in engines.language_model.reply([SYSTEM, said(1)])]
            answers.append("".join(deltas))
            engines.language_model.warm()
    assert answers[0] == answers[1] != ""


async def test_it_moves_when_memory_runs_out_in_the_middle_and_says_so(folder: Path) -> None:
    import torch
    from transformers import AudioFlamingo3ForConditionalGeneration

    table = AudioFlamingoConfig(model=str(folder), max_tokens=4, device="cpu", dtype="bfloat16")
    notices: list[Event] = []
    engines = EngineSet(Config(llm=table), notices.append)
    async with engines.running([engines.generators[0]]):
        source, place = Source("llm.model", str(folder)), engines.placements["llm"].place
        model = load_model(AudioFlamingo3ForConditionalGeneration, source, place)

        def full(*_: object) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory")

        model.register_forward_pre_hook(full)
        assert [one async for one in engines.language_model.reply([SYSTEM, said(1)])]
        await asyncio.sleep(0)
    assert [one.message for one in notices if isinstance(one, EngineNotice)] == [
        f"{source}: out of memory: CUDA out of memory; it moves from cpu bfloat16 to cpu float32"
    ]


async def test_a_fallback_that_hears_nothing_gets_only_what_is_written(
    folder: Path, tmp_path: Path
) -> None:
    deaf = TransformersConfig(model=str(make_chat(tmp_path)), max_tokens=4, device="cpu")
    engines = EngineSet(Config(llm=deaf))
    async with engines.running([engines.generators[0]]):
        assert [one async for one in engines.language_model.reply([SYSTEM, said(1)])]
        unwritten = Message("user", "", audio=(noise(1),), spoken=True)
        with pytest.raises(LanguageModelError, match="takes no audio, and nobody has written"):
            await anext(engines.language_model.reply([SYSTEM, unwritten]))
