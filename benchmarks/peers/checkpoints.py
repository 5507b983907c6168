"""Full-size checkpoints with random weights, on which timing does not depend.

The Whisper writes made-up words, one per token, and stops after a fixed number, so that the texts
show the decoded tokens and all contenders write equally many.
"""

import json
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

from benchmarks.peers.processes import ROOT
from tests.checkpoints.whisper import FULL_SIZE
from tests.checkpoints.whisper import save as save_whisper
from tests.wake.checkpoints import PREPROCESSOR, WORDS

CHECKPOINTS = ROOT / "build" / "checkpoints" / "peers"

PIECES = 50_256
"""Of the published English models, followed by `<|endoftext|>`. whisper.cpp identifies special
tokens by number."""
_LANGUAGES = 99
_SIZE = 51_864
_BEFORE, _AFTER = -2.0, 8.0
"""Logits of the end token before and after the last word; the likeliest word has about 2."""
_LEVELS = (-0.5, 0.0, 0.5)
"""Number of spectrograms for fitting the end token."""
_LOUDER = 5.0
"""Factor on the decoder's position embeddings, without which all tokens would be equal."""


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, created if missing or incomplete."""
    made = folder / ".made"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)
        made.touch()
    return folder


def made_up_words() -> Iterator[str]:
    """Distinct words of five letters: babab, babac, ..."""
    consonants, vowels = "bcdfghjklmnpqrstvwxz", "aeiou"
    shapes = (consonants, vowels, consonants, vowels, consonants)
    return ("".join(letters) for letters in product(*shapes))


def specials() -> list[str]:
    """Special tokens of the published English models, ordered by id."""
    languages = ["<|en|>", *(f"<|x{number:02}|>" for number in range(1, _LANGUAGES))]
    return [
        "<|endoftext|>", "<|startoftranscript|>", *languages, "<|translate|>", "<|transcribe|>",
        "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
        *(f"<|{step * 0.02:.2f}|>" for step in range(1501)),
    ]  # fmt: skip


def new_tokenizer() -> Any:
    """A tokenizer of bytes, made-up words and special tokens."""
    from tokenizers import AddedToken, pre_tokenizers
    from transformers import WhisperTokenizer

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = islice(made_up_words(), PIECES - len(alphabet))
    # \u0120 stands for a space in byte-level BPE.
    pieces = [*alphabet, *(f"\u0120{word}" for word in words)]
    tokenizer = WhisperTokenizer(vocab={piece: at for at, piece in enumerate(pieces)}, merges=[])
    names = specials()
    first = names.index("<|0.00|>")
    special = [AddedToken(name, normalized=False, special=True) for name in names[:first]]
    tokenizer.add_tokens(special, special_tokens=True)
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in names[first:]])
    return tokenizer


def make_whisper(folder: Path, tokens: int, name: str = "base.en") -> None:
    """A checkpoint of openai/whisper-{name}'s configuration that writes `tokens` tokens."""
    import torch
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(1)
    tokenizer, size = new_tokenizer(), FULL_SIZE[name]
    token = tokenizer.convert_tokens_to_ids
    end, start = token("<|endoftext|>"), token("<|startoftranscript|>")
    ids = {
        "bos_token_id": end, "pad_token_id": end, "eos_token_id": end,
        "decoder_start_token_id": start,
    }  # fmt: skip
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=_SIZE,
            d_model=size["d_model"],
            encoder_layers=size["layers"],
            decoder_layers=size["layers"],
            encoder_attention_heads=size["heads"],
            decoder_attention_heads=size["heads"],
            encoder_ffn_dim=4 * size["d_model"],
            decoder_ffn_dim=4 * size["d_model"],
            **ids,
        )
    )
    with torch.no_grad():
        # The prompt has two tokens.
        _teach(model, end, 1 + tokens)
    model.generation_config = GenerationConfig(
        is_multilingual=False,
        no_timestamps_token_id=token("<|notimestamps|>"),
        max_length=448,
        **ids,
    )
    save_whisper(folder, model, tokenizer, 30)


def _teach(model: Any, end: int, last: int) -> None:
    """Make the model write only words, and the end token after the position `last`.

    The end token's embedding is fitted by ridge regression to the decoder outputs at each position:
    high after the last word, below all words before.
    """
    import torch

    decoder = model.eval().model.decoder
    decoder.embed_positions.weight *= _LOUDER
    words = decoder.embed_tokens.weight
    # Some of 50,000 logits are always above 0.
    words[:256] = 0.0
    words[PIECES:] = 0.0
    hidden = []
    for level in _LEVELS:
        spectrogram = level + torch.rand(4, 1, 1) * torch.randn(4, 80, 3000)
        encoded = model.model.encoder(spectrogram).last_hidden_state
        ids = torch.randint(256, PIECES, (4, last + 1))
        # Some programs encode less than 30 s.
        for heard in (encoded, encoded[:, : 10 * last]):
            hidden.append(decoder(input_ids=ids, encoder_hidden_states=heard).last_hidden_state)
    given = torch.cat(hidden)
    wanted = torch.full(given.shape[:2], _BEFORE)
    wanted[:, -1] = _AFTER
    weight = torch.ones_like(wanted)
    weight[:, -1] = last
    given, wanted, weight = given.flatten(0, 1), wanted.flatten(), weight.flatten()
    square = given.T @ (weight[:, None] * given) + torch.eye(given.shape[1])
    words[end] = torch.linalg.solve(square, given.T @ (weight * wanted))


def make_ast(folder: Path) -> None:
    """The configuration of MIT/ast-finetuned-speech-commands-v2: 85 M parameters."""
    import torch
    from transformers import ASTConfig, ASTForAudioClassification

    torch.manual_seed(1)
    config = ASTConfig(
        max_length=128,
        num_mel_bins=128,
        id2label=dict(enumerate(WORDS)),
        label2id={label: index for index, label in enumerate(WORDS)},
    )
    ASTForAudioClassification(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
