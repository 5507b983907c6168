"""What a language model's number format changes: its most likely tokens, and its perplexity.

    python -m benchmarks.accuracy.dtype_fidelity FOLDER [--dtypes float32 bfloat16 int8]

FOLDER is a checkpoint with a chat template. The share of the tokens of float32's greedy answers
that are still the most likely ones, given those before them, and the perplexity of written English.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import Place
from marvin.config.llm import SYSTEM_PROMPT
from marvin.hub.source import Source

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


@dataclass(frozen=True, slots=True)
class Fidelity:
    same: float
    """Share of float32's greedy tokens that are still the most likely ones."""
    perplexity: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What float32 answers."""

    ids: list[int]
    """Tokens of prompt and answer."""
    begin: int
    """Position of the answer."""


def model(folder: Path, dtype: str) -> Any:
    from transformers import AutoModelForCausalLM

    return load_model(AutoModelForCausalLM, Source("llm.model", str(folder)), Place("cpu", dtype))


def answers(folder: Path) -> list[Answer]:
    """float32's greedy answers."""
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    writer = model(folder, "float32")
    found = []
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
        found.append(Answer(ids[0].tolist(), prompt.shape[-1]))
    return found


def fidelity(folder: Path, dtype: str, exact: Sequence[Answer]) -> Fidelity:
    """`exact` is what float32 answers."""
    import torch
    from transformers import AutoTokenizer

    reader = model(folder, dtype)

    def logits(ids: list[int], begin: int) -> Any:
        with torch.inference_mode():
            return reader(torch.tensor([ids])).logits[0, begin - 1 : -1].float()

    same = [
        token == wanted
        for one in exact
        for token, wanted in zip(
            logits(one.ids, one.begin).argmax(-1).tolist(), one.ids[one.begin :], strict=True
        )
    ]
    text = AutoTokenizer.from_pretrained(folder)(READ).input_ids
    loss = torch.nn.functional.cross_entropy(logits(text, 1), torch.tensor(text[1:]))
    return Fidelity(sum(same) / len(same), float(loss.exp()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16", "int8"])
    options = parser.parse_args()
    exact = answers(options.model)
    for dtype in options.dtypes:
        found = fidelity(options.model, dtype, exact)
        print(f"{dtype:10} {found.same:.1%} of the tokens, perplexity {found.perplexity:.1f}")


if __name__ == "__main__":
    main()
