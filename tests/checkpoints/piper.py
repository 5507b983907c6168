"""A published voice of Piper, which is a VITS, in the layout of those of MMS.

No package carries one of MMS. The engine `mms` loads this one like its own, but its "letters" are
phonemes, for which `PiperVoice` asks espeak-ng.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from marvin.backends.espeak.process import EspeakProcess
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tts import MmsConfig
from marvin.tts.mms import MmsSynthesizer
from marvin.types import AudioChunk
from tests.checkpoints.onnx_file import OnnxFile, read_onnx

if TYPE_CHECKING:
    import torch

ONNX, FACTS = "model.onnx", "model.json"
READER = "en-us"
"""espeak-ng's voice, by which it was trained."""
BEGIN, END = "^$"

_DECODER: dict[str, Any] = {
    "upsample_rates": (8, 8, 4),
    "upsample_kernel_sizes": (16, 16, 8),
    "resblock_kernel_sizes": (3, 5, 7),
    "resblock_dilation_sizes": ((1, 2), (2, 6), (3, 12)),
    "upsample_initial_channel": 512,  # see `_doubled`
    "leaky_relu_slope": 0.1,
}
_TRAINING: dict[str, Any] = {"posterior_encoder_num_wavenet_layers": 1, "spectrogram_bins": 9}
"""As small as possible."""
_NAMES = (
    (r"^sid$", "text_encoder.embed_tokens.weight"),
    (r"^enc_p\.proj", "text_encoder.project"),
    (r"^enc_p\.encoder\.attn_layers\.(\d+)", r"text_encoder.encoder.layers.\1.attention"),
    (r"^enc_p\.encoder\.norm_layers_1\.(\d+)", r"text_encoder.encoder.layers.\1.layer_norm"),
    (r"^enc_p\.encoder\.norm_layers_2\.(\d+)", r"text_encoder.encoder.layers.\1.final_layer_norm"),
    (r"^enc_p\.encoder\.ffn_layers\.(\d+)", r"text_encoder.encoder.layers.\1.feed_forward"),
    (r"attention\.conv_o\.", "attention.out_proj."),
    (r"attention\.conv_([qkv])\.", r"attention.\1_proj."),
    (r"^(flow\.flows\.\d+)\.enc\.", r"\1.wavenet."),
    (r"^dp\.flows\.0\.m$", "duration_predictor.flows.0.translate"),
    (r"^/dp/flows\.0/Exp_output_0$", "duration_predictor.flows.0.log_scale"),
    (r"^dp\.", "duration_predictor."),
    (r"^(duration_predictor(\.flows\.\d+)?)\.convs\.", r"\1.conv_dds."),
    (r"\.convs_sep\.", ".convs_dilated."),
    (r"\.convs_1x1\.", ".convs_pointwise."),
    (r"^((flow|duration_predictor)\..*|duration_predictor)\.(pre|post|proj)\.", r"\1.conv_\3."),
    (r"\.gamma$", ".weight"),
    (r"\.beta$", ".bias"),
    (r"^dec\.ups\.", "decoder.upsampler."),
    (r"^dec\.resblocks\.(\d+)\.convs\.", r"decoder.resblocks.\1.convs1."),
    (r"^dec\.", "decoder."),
)
"""From Piper's names to those of transformers, one after the other."""
_UNUSED = re.compile(r"posterior_encoder\.|duration_predictor\.(post_|flows\.1\.)")
"""Weights that only training needs, which Piper does not publish."""


def convert_piper(parts: Path, folder: Path) -> None:
    """Make the checkpoint of the model's files."""
    import torch
    from transformers import VitsConfig, VitsModel

    facts = json.loads((parts / FACTS).read_text(encoding="utf-8"))
    rate_hz = facts["audio"]["sample_rate"]
    config = VitsConfig(
        vocab_size=facts["num_symbols"], sampling_rate=rate_hz, **_DECODER, **_TRAINING
    )
    model = VitsModel(config)
    arrays = _weights(read_onnx(parts / ONNX))
    state = {name: torch.from_numpy(value.copy()) for name, value in arrays.items()}
    missing, unexpected = model.load_state_dict(
        {**state, **_doubled(state, model.state_dict(), config.leaky_relu_slope)}, strict=False
    )
    strange = [name for name in missing if not _UNUSED.match(name)]
    assert (strange, unexpected) == ([], [])
    model.save_pretrained(folder)
    _write_tokenizer(folder, facts["phoneme_id_map"])


class PiperVoice:
    """The engine `mms` with the checkpoint in `folder`."""

    language = "en"

    def __init__(self, folder: Path, *, threads: int = 1, **settings: object) -> None:
        config = MmsConfig(model=str(folder)).model_copy(update=settings)
        self.engine = MmsSynthesizer.load(config, Place(threads=threads))
        self._espeak = EspeakProcess()

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Like the engine's own."""
        return self.engine.synthesize(self.letters(sentence), token)

    def letters(self, text: str) -> str:
        """What the engine is to say. Punctuation is put back, which espeak-ng drops."""
        parts = re.split(r"([,.?!;:])(?=\s|$)", text)
        said = [
            part if at % 2 else f" {self._espeak.phonemes(part, READER)}"
            for at, part in enumerate(parts)
        ]
        return f"{BEGIN}{' '.join(''.join(said).split())}{END}"

    def close(self) -> None:
        """Ends the espeak-ng process."""
        self._espeak.close()


def _weights(file: OnnxFile) -> dict[str, NDArray[Any]]:
    """Under the names of transformers."""
    # Where the weight norm was folded, the exporter named the weight by a number.
    numbered = {
        weight: bias.removesuffix("bias") + "weight"
        for _, weight, bias in (node for node in file.nodes if len(node) == 3)
        if weight.startswith("onnx::Conv")
    }
    found: dict[str, NDArray[Any]] = {}
    for name, value in file.constants.items():
        known = numbered.get(name, name)
        for pattern, ours in _NAMES:
            known = re.sub(pattern, ours, known)
        if known == name:
            continue  # a constant of the graph
        # Between two flows there is one that only flips, which transformers does not count.
        known = re.sub(r"(?<=\bflows\.)\d+", lambda number: str((int(number[0]) + 1) // 2), known)
        if known.endswith("log_scale"):
            value = -np.log(value)  # it is folded, too
        elif re.search(r"\.(q|k|v|out)_proj\.weight$", known):
            value = value[..., 0]  # a convolution of one step
        found.update(_unfolded(known, value))
    return found


def _unfolded(name: str, value: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    """With a weight norm where transformers has one."""
    if not re.search(r"\.wavenet\..*\.weight$", name):
        yield name, value
        return
    layer = name.removesuffix("weight") + "parametrizations.weight.original"
    yield f"{layer}0", np.sqrt(np.square(value).sum((1, 2), keepdims=True))
    yield f"{layer}1", value


def _doubled(
    state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor], slope: float
) -> dict[str, torch.Tensor]:
    """Piper's decoder as one of transformers with twice the channels.

    Piper's residual blocks have one convolution where those of transformers have two, with a leaky
    ReLU between. That the second one undoes it, each channel has its negative beside it, as
    leaky_relu(x) - leaky_relu(-x) = (1 + slope) * x.
    """
    import torch

    found = {}
    for name, shape in {name: value.shape for name, value in wanted.items()}.items():
        if not name.startswith("decoder."):
            continue
        if ".convs2." in name:
            value = torch.zeros(shape)
            if name.endswith("weight"):
                half = torch.eye(shape[0] // 2) / (1 + slope)
                both = torch.cat([torch.cat([half, -half], 1), torch.cat([-half, half], 1)])
                value[..., shape[-1] // 2] = both
        else:
            value = _with_negatives(state[name], shape, transposed=".upsampler." in name)
        found[name] = value
    return found


def _with_negatives(value: torch.Tensor, shape: torch.Size, *, transposed: bool) -> torch.Tensor:
    """Outputs with their negatives behind them; the negatives among the inputs are not read."""
    import torch

    if value.ndim == 1:
        return torch.cat([value, -value])
    inputs, outputs = (0, 1) if transposed else (1, 0)
    if value.shape[outputs] < shape[outputs]:
        value = torch.cat([value, -value], outputs)
    if value.shape[inputs] < shape[inputs]:
        value = torch.cat([value, torch.zeros_like(value)], inputs)
    return value


def _write_tokenizer(folder: Path, phonemes: Mapping[str, list[int]]) -> None:
    vocabulary = {phoneme: numbers[0] for phoneme, numbers in phonemes.items()}
    blank = min(vocabulary, key=vocabulary.__getitem__)
    unknown = {"<unk>": max(vocabulary.values()) + 1}
    (folder / "vocab.json").write_text(json.dumps(vocabulary | unknown))
    special = {"pad_token": blank, "unk_token": "<unk>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    settings = {
        "add_blank": True,
        "is_uroman": False,
        "language": "eng",
        "normalize": False,
        "phonemize": False,
        "tokenizer_class": "VitsTokenizer",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | special))
