"""The dtypes that placement may choose by itself leave a language model's words as they are."""

from __future__ import annotations

import gc
from functools import cache
from typing import Any

import pytest

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import Place
from marvin.config.llm import SYSTEM_PROMPT, TransformersConfig
from marvin.hub.source import Source
from tests.published import published

QUESTIONS = (
    "What is the capital of France?",
    "How do I boil an egg?",
    "Why do leaves change colour in autumn?",
    "Tell me a fun fact about cats.",
    "What should I wear when it rains?",
    "Who was Albert Einstein?",
    "How do airplanes fly?",
    "What is the difference between weather and climate?",
    "Give me an idea for dinner.",
    "Explain gravity to a child.",
)
TOKENS = 32
# Lewis Carroll, 1865.
READ = (
    "Alice was beginning to get very tired of sitting by her sister on the bank, and of having "
    "nothing to do: once or twice she had peeped into the book her sister was reading, but it had "
    "no pictures or conversations in it, and what is the use of a book, thought Alice, without "
    "pictures or conversations? So she was considering in her own mind, as well as she could, for "
    "the hot day made her feel very sleepy and stupid, whether the pleasure of making a "
    "daisy-chain would be worth the trouble of getting up and picking the daisies, when suddenly "
    "a White Rabbit with pink eyes ran close by her."
)


def model(dtype: str) -> Any:
    from transformers import AutoModelForCausalLM

    source = Source("llm.model", str(published("smollm2-135m-instruct")))
    return load_model(AutoModelForCausalLM, source, Place("cpu", dtype))


@cache
def texts() -> tuple[tuple[list[int], int], ...]:
    """Questions with the greedy answers of float32, and where the answer begins."""
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(published("smollm2-135m-instruct"))
    found: list[tuple[list[int], int]] = [(tokenizer(READ).input_ids, 1)]
    writer = model("float32")
    for question in QUESTIONS:
        talk = [
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": question},
        ]
        prompt = tokenizer.apply_chat_template(
            talk, add_generation_prompt=True, return_tensors="pt", return_dict=False
        )
        with torch.inference_mode():
            ids = writer.generate(
                prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
                max_new_tokens=TOKENS,
            )  # fmt: skip
        found.append((ids[0].tolist(), prompt.shape[-1]))
    return tuple(found)


def fidelity(dtype: str) -> tuple[float, float]:
    """Share of float32's greedy tokens that are still the most likely ones, and the perplexity of
    written English."""
    import torch

    same, losses = [], []
    reader = model(dtype)
    for ids, begin in texts():
        given = torch.tensor([ids])
        with torch.inference_mode():
            logits = reader(given).logits[0, begin - 1 : -1].float()
        wanted = given[0, begin:]
        if begin == 1:
            losses.append(torch.nn.functional.cross_entropy(logits, wanted))
        else:
            same += (logits.argmax(-1) == wanted).tolist()
    del reader
    gc.collect()
    return sum(same) / len(same), float(torch.stack(losses).mean().exp())


@pytest.mark.parametrize("dtype", TransformersConfig.traits.cpu)
def test_no_dtype_that_auto_may_choose_loses_words(dtype: str) -> None:
    same, perplexity = fidelity(dtype)
    _, exact = fidelity("float32")
    assert same >= 0.95
    assert perplexity <= 1.02 * exact


def test_the_measure_tells_a_dtype_that_loses_words() -> None:
    same, _ = fidelity("int8")
    assert same < 0.95
