"""Instruct models in the layout of the Hub: tiny and random, tiny and overfitted on a few answers,
and full-size and random.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from marvin.config.llm import SYSTEM_PROMPT

if TYPE_CHECKING:
    import torch

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""The template of SmolLM2, Qwen2 and many others, without their default system prompts."""

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
"""Ids 0, 1 and 2, as in SmolLM2."""

TINY = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}

SMOLLM2_360M = {
    "hidden_size": 960,
    "intermediate_size": 2560,
    "num_hidden_layers": 32,
    "num_attention_heads": 15,
    "num_key_value_heads": 5,
    "max_position_embeddings": 8192,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0},
    "tie_word_embeddings": True,
}
"""The config.json of HuggingFaceTB/SmolLM2-360M-Instruct, where it differs from LlamaConfig."""

Pairs = Sequence[tuple[str, str]]


def make_chat(folder: Path, kind: str = "llama", **values: Any) -> Path:
    """A causal language model with random weights, of any `model_type`; `values` set its
    configuration.
    """
    tokenizer = _tokenizer([SYSTEM_PROMPT] * 2)
    return _save(folder, _model(kind, len(tokenizer), {**TINY, **values}), tokenizer)


def make_talkative(folder: Path, pairs: Pairs, *, rounds: int = 200) -> Path:
    """A model that gives these answers to these questions word for word, in any order, whatever was
    said before, with Marvin's system prompt or without one.
    """
    import torch

    tokenizer = _tokenizer([SYSTEM_PROMPT, *(part for pair in pairs for part in pair)] * 2)
    model = _model("llama", len(tokenizer), TINY)
    chance = random.Random(4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=rounds)
    model.train()
    for _ in range(rounds):
        ids, labels = _batch(tokenizer, [_talk(pairs, chance) for _ in range(8)])
        loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return _save(folder, model.eval(), tokenizer)


def make_full_size(folder: Path, dtype: str = "float32") -> Path:
    """SmolLM2-360M with random weights, for timings: 0.7 GB in bfloat16, 1.4 GB in float32."""
    import torch

    size = 49_152
    # Every id is a word, so that everything it writes arrives as text at once.
    tokenizer = _tokenizer([SYSTEM_PROMPT], fill_up_to=size)
    model = _model("llama", size, SMOLLM2_360M).to(getattr(torch, dtype))
    return _save(folder, model, tokenizer)


def _model(kind: str, vocabulary: int, values: dict[str, Any]) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(4)
    ids = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
    config = AutoConfig.for_model(kind, **{"vocab_size": vocabulary, **values, **ids})
    return AutoModelForCausalLM.from_config(config).eval()


def _tokenizer(texts: Sequence[str], *, fill_up_to: int = 0) -> Any:
    """A byte-level BPE like GPT-2's, trained on the texts."""
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        min_frequency=2,
        show_progress=False,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    bpe.train_from_iterator(texts, trainer)
    bpe.add_tokens([f" w{number}" for number in range(bpe.get_vocab_size(), fill_up_to)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
    )
    tokenizer.chat_template = CHATML
    return tokenizer


def _save(folder: Path, model: Any, tokenizer: Any) -> Path:
    model.generation_config.update(bos_token_id=1, eos_token_id=2, pad_token_id=2)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _talk(pairs: Pairs, chance: random.Random) -> Iterator[tuple[str, bool]]:
    """A conversation in pieces, and which of them the model should write."""
    if chance.random() < 0.5:
        yield f"<|im_start|>system\n{SYSTEM_PROMPT}<|im_end|>\n", False
    for question, answer in chance.choices(pairs, k=chance.randint(1, 4)):
        yield f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n", False
        yield f"{answer}<|im_end|>", True
        yield "\n", False


def _batch(
    tokenizer: Any, talks: Sequence[Iterator[tuple[str, bool]]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and labels, shape (conversations, longest); -100 where nothing is to be learned."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    rows, wanted = [], []
    for talk in talks:
        ids: list[int] = []
        labels: list[int] = []
        for text, own in talk:
            piece = tokenizer(text, add_special_tokens=False).input_ids
            ids += piece
            labels += piece if own else [-100] * len(piece)
        rows.append(torch.tensor(ids))
        wanted.append(torch.tensor(labels))
    return (
        pad_sequence(rows, batch_first=True, padding_value=2),
        pad_sequence(wanted, batch_first=True, padding_value=-100),
    )
