"""How each engine computes, as far as its place depends on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trait:
    """Of an engine whose model is put on a device."""

    accelerator: tuple[str, ...]
    """Number formats for an accelerator, best first."""
    cpu: tuple[str, ...]
    """Number formats for a CPU, most exact first; the others must be measured to be faster."""
    passes: float
    """How often its weights are read from the end of the user's speech to the first sound."""
    steps: float
    """Share of its time that goes one position at a time, which reads all weights for little
    arithmetic; the rest computes many positions at once."""
    guess: int
    """Parameters, where nothing is known of the model."""
    allowed: tuple[str, ...] = ("float32", "bfloat16", "float16")
    """Number formats that it works with at all."""


_ANY = ("float32", "bfloat16", "float16", "int8")

TRAITS = {
    # OpenAI's weights and its own decoding are float16. A command is some twenty tokens; on four
    # seconds of speech the encoder takes a quarter of the time, the decoder's steps the rest.
    "stt.whisper": Trait(
        ("float16", "bfloat16", "float32"), _ANY, passes=22, steps=0.7, guess=74_000_000,
        allowed=_ANY,
    ),
    "stt.moonshine": Trait(
        ("float16", "bfloat16", "float32"), _ANY, passes=22, steps=0.7, guess=61_000_000,
        allowed=_ANY,
    ),
    # Trained in bfloat16, whose range float16 lacks. Some twenty tokens are the first clause; the
    # prompt is mostly in the cache.
    "llm.transformers": Trait(
        ("bfloat16", "float16", "float32"), ("float32", "bfloat16", "int8"), passes=20, steps=0.8,
        guess=1_000_000_000, allowed=_ANY,
    ),
    # Two frames of 16 ms a step: a clause of 1.5 s is fifty passes of the decoder, which has four
    # tenths of the weights. On an accelerator such steps wait for the kernels to be started,
    # whatever their numbers.
    "tts.speecht5": Trait(
        ("float32",), ("float32", "bfloat16"), 20, 0.9, guess=160_000_000, allowed=_ANY,
    ),
    # Three models in turn, 50 steps and more for a second of speech; float16 is what transformers'
    # documentation runs it in. bfloat16 would be heard in what its codec makes.
    "tts.bark": Trait(
        ("float16", "float32"), ("float32",), 150, 0.9, guess=420_000_000, allowed=_ANY,
    ),
    # One pass, of convolutions and a flow that half precision breaks; it is small.
    "tts.mms": Trait(("float32",), ("float32",), 1, 0.0, guess=36_000_000, allowed=("float32",)),
}  # fmt: skip

LISTENS = "wake.ast"
"""Listens all the time, on the CPU."""
