"""Conversations as token ids, with any kind of chat template."""

from pathlib import Path
from typing import Any

import pytest

from marvin.llm.transformers.prompt import Prompt
from tests.checkpoints.chat import make_chat
from tests.llm.models import SYSTEM, answer, assistant, counted, load, user

GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "{{ '<' + message['role'] + '>' + message['content'] }}{% endfor %}<model>"
)
FORGETFUL = (
    "{% for message in messages if message['role'] != 'system' %}"
    "{{ '<' + message['role'] + '>' + message['content'] }}{% endfor %}"
)
THINKING = "{{ messages[-1].content }}{{ enable_thinking }}"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(make_chat(tmp_path_factory.mktemp("chat")))


@pytest.fixture(autouse=True)
def _own_template(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer, "chat_template", tokenizer.chat_template)


TALK = [SYSTEM, user("One?"), assistant("Yes."), user("Two?"), assistant("No."), user("Three?")]


def test_roles_and_the_start_of_the_answer_are_marked(tokenizer: Any) -> None:
    assert tokenizer.decode(Prompt(tokenizer, "it").encode(TALK[:2], None)) == (
        f"<|im_start|>system\n{SYSTEM.text}<|im_end|>\n"
        "<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("template", [GEMMA, FORGETFUL])
def test_without_a_system_role_the_first_question_begins_with_the_system_prompt(
    tokenizer: Any, template: str
) -> None:
    tokenizer.chat_template = template
    text = tokenizer.decode(Prompt(tokenizer, "it").encode(TALK, None))
    assert f"<user>{SYSTEM.text}\n\nOne?<assistant>Yes.<user>Two?<assistant>No.<user>" in text


@pytest.mark.parametrize("template", [None, GEMMA])
def test_oldest_turns_are_dropped_when_the_context_is_full(
    tokenizer: Any, template: str | None
) -> None:
    if template is not None:
        tokenizer.chat_template = template
    prompt = Prompt(tokenizer, "it")
    whole = prompt.encode(TALK, None)
    assert prompt.encode(TALK, len(whole)) == whole
    assert prompt.encode(TALK, len(whole) - 1) == prompt.encode([SYSTEM, *TALK[3:]], None)
    shortest = prompt.encode([SYSTEM, TALK[-1]], None)
    assert prompt.encode(TALK, len(shortest)) == shortest
    assert prompt.encode(TALK, 5) == shortest[-5:], "the end of the last question"


def test_reasoning_model_is_told_not_to_reason(tokenizer: Any) -> None:
    tokenizer.chat_template = THINKING
    assert tokenizer.decode(Prompt(tokenizer, "it").encode([user("Why?")], None)) == "Why?False"


def test_without_a_chat_template_the_user_s_words_are_continued(
    tokenizer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    tokenizer.chat_template = None
    prompt = Prompt(tokenizer, "the model")
    assert tokenizer.decode(prompt.encode(TALK, None)) == "Three?"
    prompt.encode(TALK, None)
    assert [record.getMessage()[:37] for record in caplog.records] == [
        "the model has no chat template, so it"
    ], "it is logged once"


@pytest.mark.parametrize("context", [8, 64])
def test_conversation_longer_than_the_model_s_context_is_answered(
    tmp_path: Path, context: int
) -> None:
    # With learned positions, one too many is an error and not just a bad answer.
    sizes = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": context}
    folder = make_chat(tmp_path, "gpt2", **sizes)
    engine = load(folder, max_tokens=1000)
    engine.warm()
    for talk in (TALK, [SYSTEM, user("why " * 500)], [user("")], TALK):
        with counted(folder) as steps:
            answer(engine, *talk)
        assert len(steps) >= context // 2
