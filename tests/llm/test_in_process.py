"""A language model in this process: its output, when it stops, how it fails."""

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from marvin.backends.pretrained.place import Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.llm import SYSTEM_PROMPT, TransformersConfig
from marvin.errors import DeviceFailedError, LanguageModelError
from marvin.mind.memory import Memory
from marvin.types import Message
from tests.checkpoints.chat import make_chat, make_talkative
from tests.llm.models import (
    SYSTEM,
    answer,
    before_each_step,
    counted,
    edit,
    inside,
    load,
    reference,
    user,
    writing_threads,
)
from tests.paths import DATA

STORIES = DATA / "weights/stories260K/hf"

PAIRS = [
    ("What is your name?", "My name is Marvin. I am a robot."),
    ("Tell me a joke.", "Why did the robot cross the road? It was programmed to."),
    ("seven", "You said seven, which is a prime number."),
]


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talkative(tmp_path_factory.mktemp("talkative"), PAIRS)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Writes random but reproducible bytes."""
    return make_chat(tmp_path_factory.mktemp("chat"))


def test_learned_conversation_is_reproduced_word_for_word(talkative: Path) -> None:
    config = TransformersConfig(model=str(talkative))
    engine = load(talkative)
    conversation = Memory(config, lambda: 0.0)
    for question, expected in [*PAIRS, PAIRS[0]]:
        text = answer(engine, *conversation.ask(question))
        assert text == expected
        conversation.answered(question, text)


def test_words_arrive_one_by_one(talkative: Path) -> None:
    deltas = list(filter(None, load(talkative).generate([user("seven")], CancelToken())))
    words = ["You ", "said ", "seven, ", "which ", "is ", "a ", "prime ", "number."]
    assert "".join(deltas) == "".join(words)
    # transformers 5.24 yields parts of words, and a space together with the following word.
    assert len(deltas) >= len(words)


@pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
def test_quantised_model_answers_too(talkative: Path, dtype: str) -> None:
    engine = load(talkative, Place("cpu", dtype))
    engine.warm()
    assert answer(engine, SYSTEM, user("seven")) == PAIRS[2][1]


def test_output_matches_generate(chat: Path) -> None:
    messages = [SYSTEM, user("Hello?")]
    expected = reference(chat, messages, 60)[1]
    assert answer(load(chat, max_tokens=60), *messages) == expected
    assert len(expected) > 20


def test_answer_is_limited_to_its_maximum_length(chat: Path) -> None:
    engine = load(chat, max_tokens=7)
    with counted(chat) as steps:
        answer(engine, user("Hello?"))
    assert len(steps) == 7


def test_each_end_token_of_the_checkpoint_ends_an_answer(chat: Path, tmp_path: Path) -> None:
    whole = load(chat, max_tokens=8)
    seen: list[int] = []
    hook = (
        inside(chat)
        .get_input_embeddings()
        .register_forward_pre_hook(lambda _, ids: seen.append(int(ids[0][0, -1])))
    )
    answer(whole, user("Hello?"))
    hook.remove()
    end = seen[4]
    ending = shutil.copytree(chat, tmp_path / "ending")
    edit(ending, "generation_config.json", eos_token_id=[0, end])
    engine = load(ending, max_tokens=8)
    with counted(ending) as steps:
        answer(engine, user("Hello?"))
    assert len(steps) == 1 + seen[1:].index(end)


def test_empty_answer_is_empty(chat: Path, tmp_path: Path) -> None:
    silent = shutil.copytree(chat, tmp_path / "silent")
    size = json.loads((silent / "config.json").read_text())["vocab_size"]
    edit(silent, "generation_config.json", suppress_tokens=[0, 1, *range(3, size)])
    assert answer(load(silent), user("Hello?")) == ""


def test_decoding_is_greedy_whatever_the_checkpoint_suggests(
    chat: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lively = shutil.copytree(chat, tmp_path / "lively")
    edit(
        lively, "generation_config.json", do_sample=True, temperature=1.5, min_p=0.01, top_k=9,
        max_length=30, cache_implementation="static",
    )  # fmt: skip
    capfd.readouterr()
    text = answer(load(lively, max_tokens=40), user("Hello?"))
    assert text == answer(load(chat, max_tokens=40), user("Hello?"))
    assert capfd.readouterr().err == "", "no advice for programmers on the user's terminal"


def test_temperature_varies_the_answer_and_a_seed_fixes_it(chat: Path) -> None:
    def written(**values: Any) -> str:
        return answer(load(chat, max_tokens=30, **values), user("Hello?"))

    once = written(temperature=1.0, seed=1)
    assert written(temperature=1.0, seed=1) == once
    assert written(temperature=1.0, seed=2) != once != written()


def test_cancelling_stops_within_one_step(chat: Path) -> None:
    engine = load(chat)
    token = CancelToken()
    with (
        before_each_step(chat, lambda step: token.cancel() if step == 5 else None) as steps,
        pytest.raises(Cancelled),
    ):
        list(engine.generate([user("Hello?")], token))
    assert len(steps) == 5
    assert writing_threads() == []
    expected = reference(chat, [user("Hello?")], 20)[1]
    assert answer(load(chat, max_tokens=20), user("Hello?")) == expected


def test_cancelling_stops_a_long_prompt_between_two_layers(chat: Path) -> None:
    engine = load(chat)
    token = CancelToken()
    layers = inside(chat).model.layers
    second: list[int] = []
    hooks = [
        layers[0].register_forward_hook(lambda *_: token.cancel()),
        layers[1].register_forward_hook(lambda *_: second.append(1)),
    ]
    with pytest.raises(Cancelled):
        list(engine.generate([user("Hello? " * 20)], token))
    for hook in hooks:
        hook.remove()
    assert second == []
    expected = reference(chat, [user("Hello? " * 20)], 160)[1]
    assert answer(engine, user("Hello? " * 20)) == expected


def test_cancelling_does_not_stop_other_calls_with_the_same_weights(chat: Path) -> None:
    first, second = load(chat), load(chat, max_tokens=10)
    expected = answer(second, user("Hello?"))
    token = CancelToken()
    meanwhile: list[str] = []

    def another_call(step: int) -> None:
        if step == 3:
            token.cancel()
            meanwhile.append(answer(second, user("Hello?")))

    with before_each_step(chat, another_call), pytest.raises(Cancelled):
        list(first.generate([user("Hello?")], token))
    assert meanwhile == [expected]


def test_call_cancelled_beforehand_does_nothing(chat: Path) -> None:
    engine = load(chat)
    token = CancelToken()
    token.cancel()
    with counted(chat) as steps, pytest.raises(Cancelled):
        list(engine.generate([user("Hello?")], token))
    assert steps == []


def test_writing_stops_when_nobody_reads_on(chat: Path) -> None:
    engine = load(chat, max_tokens=400)
    deltas = engine.generate([user("Hello?")], CancelToken())
    closing = threading.Event()
    with before_each_step(chat, lambda step: step == 20 and closing.wait(300)) as steps:
        next(deltas)
        assert writing_threads() != []
        closing.set()
        del deltas
        assert writing_threads() == []
    assert len(steps) < 400


@pytest.mark.parametrize(
    ("dtype", "advice"),
    [("bfloat16", 'set llm.dtype = "float32"'), ("float32", "its weights are damaged")],
)
def test_numerical_breakdown_is_an_error_with_advice(
    tmp_path: Path, dtype: str, advice: str
) -> None:
    place = Place("cpu", dtype)
    folder = make_chat(tmp_path)
    engine = load(folder, place)
    layer = inside(folder, place).model.layers[0]
    hook = layer.register_forward_hook(lambda _, __, out: out * float("nan"))
    with pytest.raises(LanguageModelError, match="NaN") as failure:
        answer(engine, user("Hello?"))
    hook.remove()
    assert advice in str(failure.value)
    afterwards = answer(engine, user("Hello?"))
    assert afterwards == answer(load(folder, place), user("Hello?")), "none of it is kept"


def test_full_device_is_told_apart_from_a_bug(chat: Path) -> None:
    import torch

    def full(step: int) -> None:
        if step == 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    engine = load(chat, max_tokens=20)
    expected = answer(engine, user("Hello?"))
    with before_each_step(chat, full), pytest.raises(DeviceFailedError, match="out of memory"):
        answer(engine, user("Hello?"))
    assert writing_threads() == []
    assert answer(engine, user("Hello?")) == expected


def test_it_counts_tokens(chat: Path) -> None:
    engine = load(chat)
    assert engine.count_tokens("") == 0
    assert engine.count_tokens("zz") == 2
    assert engine.count_tokens(" zz" * 10) >= 10


@pytest.mark.skipif(not STORIES.is_dir(), reason="no real weights in ../shared/data")
def test_real_base_model_without_a_chat_template_continues_the_story(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begin = "Once upon a time, there was a little girl named Lily."
    engine = load(STORIES, max_tokens=40)
    assert "has no chat template" in caplog.text
    deltas = list(engine.generate([Message("system", SYSTEM_PROMPT), user(begin)], CancelToken()))
    assert "".join(deltas) == (
        "She loved to play outside in the park. One day, she saw a big, red ball. "
        "She wanted to play with it, but it was"
    )
    assert len(deltas) > 15
