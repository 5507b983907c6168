"""The prompt cache saves reading earlier turns again, and changes no answer."""

from pathlib import Path
from typing import Any

import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.llm import ConversationTable
from marvin.mind.memory import Memory
from tests.checkpoints.chat import make_chat
from tests.llm.models import (
    SYSTEM,
    answer,
    assistant,
    before_each_step,
    counted,
    load,
    reference,
    user,
)
from tests.published import published

TOKENS = 12

SLIDING, FULL = "sliding_attention", "full_attention"
STATE_SPACE = {"hidden_size": 32, "state_size": 4, "num_hidden_layers": 2}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "full attention": ("llama", {}),
    "learned positions": ("gpt2", {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 512}),
    "biased attention": ("bloom", {"n_layer": 2, "n_head": 4}),
    "a window that is never full": ("mistral", {"sliding_window": 400}),
    "a window that is full at once": ("mistral", {"sliding_window": 16}),
    "windows and full attention": (
        "gemma3_text",
        {"sliding_window": 16, "head_dim": 16, "layer_types": [SLIDING, FULL]},
    ),
    "convolutions": ("lfm2", {"layer_types": ["conv", FULL]}),
    "a state space": ("mamba", STATE_SPACE),
}


@pytest.mark.parametrize("name", KINDS)
def test_cached_turns_are_answered_as_if_each_were_the_first(tmp_path: Path, name: str) -> None:
    kind, values = KINDS[name]
    folder = make_chat(tmp_path, kind, **values)
    engine = load(folder, max_tokens=TOKENS)
    engine.warm()
    talk = [SYSTEM]
    for question in ("Hello?", "Why is that?", "Tell me in one to three sentences."):
        talk.append(user(question))
        expected = reference(folder, talk, TOKENS)[1]
        assert answer(engine, *talk) == expected
        # The spoken text differs slightly from the written one.
        talk.append(assistant(expected.strip()[: TOKENS // 2]))


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chat(tmp_path_factory.mktemp("chat"))


def test_turn_reads_only_what_is_new(chat: Path) -> None:
    engine = load(chat, max_tokens=TOKENS)
    first = [SYSTEM, user("Hello?")]
    answer(engine, *first)
    second = [*first, assistant("Hi."), user("Why?")]
    # The last token of a prompt starts the answer, and is the same in both.
    known = len(reference(chat, first, 1)[0])
    whole = len(reference(chat, second, 1)[0])
    with counted(chat) as steps:
        answer(engine, *second)
    assert steps == [whole - known] + [1] * (TOKENS - 1)


def test_system_prompt_is_read_before_the_first_question(chat: Path) -> None:
    engine = load(chat, max_tokens=1, system_prompt=SYSTEM.text)
    engine.warm()
    conversation = Memory(ConversationTable(system_prompt=SYSTEM.text))
    with counted(chat) as steps:
        answer(engine, *conversation.ask("Why?"))
    alone = len(reference(chat, [user("Why?")], 1)[0])
    assert steps[0] < alone


def test_published_weights_read_only_what_is_new() -> None:
    folder = published("smollm2-135m-instruct")
    engine = load(folder, max_tokens=4)
    conversation = Memory(ConversationTable(), count=engine.count_tokens)
    engine.warm()
    for question in ("What is the capital of France?", "And of Italy?", "Why is that?"):
        talk = conversation.ask(question)
        with counted(folder) as steps:
            text = answer(engine, *talk)
        conversation.answered(question, text)
        # The question, and a few tokens of the template around it.
        assert steps[0] <= engine.count_tokens(question) + 12
        assert steps[1:] == [1] * (len(steps) - 1)


def test_repeated_question_reads_one_token(chat: Path) -> None:
    engine = load(chat, max_tokens=TOKENS)
    once = answer(engine, user("Hello?"))
    with counted(chat) as steps:
        assert answer(engine, user("Hello?")) == once
    assert steps == [1] * TOKENS


def test_other_conversation_is_read_from_its_beginning(chat: Path) -> None:
    engine = load(chat, max_tokens=TOKENS)
    answer(engine, SYSTEM, user("Hello?"))
    with counted(chat) as steps:
        text = answer(engine, user("Why?"))
    ids, expected = reference(chat, [user("Why?")], TOKENS)
    assert text == expected
    # The token that begins every message is the same.
    assert steps[0] == len(ids) - 1


@pytest.mark.parametrize("step", [1, 2, 6])
def test_text_read_before_a_cancel_is_kept(chat: Path, step: int) -> None:
    engine = load(chat, max_tokens=TOKENS)
    first = [SYSTEM, user("Hello?")]
    answer(engine, *first)
    second = [*first, assistant("Hi."), user("Why?")]
    token = CancelToken()
    with (
        before_each_step(chat, lambda now: token.cancel() if now == step else None),
        pytest.raises(Cancelled),
    ):
        list(engine.generate(second, token))
    with counted(chat) as steps:
        text = answer(engine, *second)
    ids, expected = reference(chat, second, TOKENS)
    assert text == expected
    known = len(reference(chat, first, 1)[0])
    assert steps[0] == (len(ids) - known if step == 1 else 1)
