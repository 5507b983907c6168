"""An MMS VITS with random weights, in the layout of the Hub repositories facebook/mms-tts-*."""

import json
from pathlib import Path
from typing import Any

ENGLISH = "k'zuyjgsa1dq-64mx5 orlhn3pbi2ft0evcw_"
"""Characters like those of facebook/mms-tts-eng, starting with the blank."""

ROMANIZED = "k'zuyjgsadq-mx orlhnpbiftevcw_"
"""The characters that uroman writes."""

TINY: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "ffn_dim": 16,
    "flow_size": 16,
    "spectrogram_bins": 33,
    "posterior_encoder_num_wavenet_layers": 1,
    "prior_encoder_num_flows": 2,
    "prior_encoder_num_wavenet_layers": 1,
    "duration_predictor_filter_channels": 16,
    "duration_predictor_num_flows": 2,
    "upsample_initial_channel": 32,
}


def make_mms(folder: Path, *, uroman: bool = False, full_size: bool = False) -> Path:
    """Write the model to `folder`; as large as the published ones with `full_size`."""
    import torch
    from transformers import VitsConfig, VitsModel

    folder.mkdir(parents=True, exist_ok=True)
    characters = ROMANIZED if uroman else ENGLISH
    torch.manual_seed(3)
    config = VitsConfig(**({} if full_size else TINY), vocab_size=len(characters) + 1)
    model = VitsModel(config)
    with torch.no_grad():
        model.decoder.conv_post.weight.mul_(0.1)  # Otherwise the noise would be at full scale.
    model.save_pretrained(folder)
    vocabulary = {character: index for index, character in enumerate(characters)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary | {"<unk>": len(characters)}))
    (folder / "special_tokens_map.json").write_text(
        json.dumps({"pad_token": characters[0], "unk_token": "<unk>"})
    )
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "add_blank": True,
                "is_uroman": uroman,
                "language": "kor" if uroman else "eng",
                "normalize": True,
                "pad_token": characters[0],
                "phonemize": False,
                "tokenizer_class": "VitsTokenizer",
                "unk_token": "<unk>",
            }
        )
    )
    return folder
