"""Placements requested in models.toml are obeyed, or refused with the alternatives."""

from dataclasses import replace

import pytest

from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.placement_report import lines
from marvin.engines.placement.plan import plan
from tests.engines.placement.machines import (
    APPLE,
    BF16_CPU,
    GGUF,
    KOKORO,
    LAPTOP,
    LLM,
    MMS,
    WHISPER,
    cuda,
    machine,
)

TWO_CARDS = machine(cuda(0), cuda(1, 8.5, 8.0, formats=("float16", "float32")))


@pytest.mark.parametrize(
    ("device", "dtype", "place"),
    [
        ("cpu", "auto", "cpu bfloat16"),
        ("cpu", "float32", "cpu float32"),
        ("cpu", "int8", "cpu int8"),
        ("cpu", "float16", "cpu float16"),
        ("cuda", "auto", "cuda:0 bfloat16"),
        ("cuda:1", "auto", "cuda:1 float16"),
        ("cuda", "float32", "cuda:0 float32"),
        ("auto", "float16", "cuda:0 float16"),
        ("auto", "int8", "cpu int8"),
    ],
)
def test_configured_placement_is_obeyed(device: str, dtype: str, place: str) -> None:
    made = plan(TWO_CARDS, (replace(LLM, device=device, dtype=dtype),), BF16_CPU)
    assert [str(one.place) for one in made.placements] == [place]
    if device != "auto":
        assert "as configured" in made.placements[0].why


@pytest.mark.parametrize(
    ("facts", "device", "place", "why"),
    [
        (TWO_CARDS, "auto", "cpu float32", 'with a build for it, llm.device = "cuda"'),
        (TWO_CARDS, "cuda", "cuda:0 float32", "as configured"),
        (APPLE, "auto", "mps float32", "there is room"),
        (LAPTOP, "auto", "cpu float32", "no GPU; in the number format of its file"),
    ],
)
def test_accelerator_that_only_some_builds_can_use_has_to_be_asked_for(
    facts: MachineFacts, device: str, place: str, why: str
) -> None:
    (one,) = plan(facts, (replace(GGUF, device=device),), BF16_CPU).placements
    assert str(one.place) == place
    assert why in one.why


def test_engine_with_a_configured_device_claims_first() -> None:
    facts = machine(cuda(total_gb=4.2, free_gb=2.0))
    made = plan(facts, (LLM, replace(MMS, device="cuda")), BF16_CPU)
    assert [str(one.place) for one in made.placements] == ["cuda:0 bfloat16", "cuda:0 float32"]


def test_after_a_failure_a_configured_device_gives_way_to_the_cpu() -> None:
    made = plan(TWO_CARDS, (replace(WHISPER, device="cuda:1", dtype="float16"),), BF16_CPU)
    assert [str(place) for place in made.placements[0].fallbacks] == [
        "cpu int8", "cpu float32"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "change", "message"),
    [
        (
            LAPTOP,
            {"device": "cuda"},
            "stt.device = 'cuda': this machine has no CUDA device; it has: cpu",
        ),
        (
            replace(LAPTOP, broken=("cuda:0 does not work: no kernel image",)),
            {"device": "cuda:0"},
            "stt.device = 'cuda:0': this machine has no CUDA device; it has: cpu "
            "(cuda:0 does not work: no kernel image)",
        ),
        (
            TWO_CARDS,
            {"device": "cuda:2"},
            "stt.device = 'cuda:2': this machine has no cuda:2; it has: cpu, cuda:0, cuda:1",
        ),
        (
            APPLE,
            {"device": "gpu"},
            "stt.device = 'gpu': this machine has no such device; it has: cpu, mps",
        ),
        (
            TWO_CARDS,
            {"device": "cuda:1", "dtype": "bfloat16"},
            "stt.dtype = 'bfloat16': cuda:1 computes in float16, float32",
        ),
        (
            TWO_CARDS,
            {"device": "cuda:0", "dtype": "int8"},
            "stt.dtype = 'int8': cuda:0 computes in bfloat16, float16, float32",
        ),
    ],
)
def test_missing_device_is_refused_with_the_available_ones(
    facts: object, change: dict[str, str], message: str
) -> None:
    made = plan(facts, (replace(WHISPER, **change),), BF16_CPU)  # type: ignore[arg-type]
    assert made.wrong == (message,)


def test_unsupported_dtype_is_refused() -> None:
    made = plan(LAPTOP, (replace(MMS, dtype="int8"),), BF16_CPU)
    assert made.wrong == ("tts.dtype = 'int8': mms computes in: float32",)


def test_an_engine_for_the_cpu_alone_stays_there() -> None:
    made = plan(machine(cuda()), (KOKORO,), BF16_CPU)
    (placed,) = made.placements
    assert placed.place.device == "cpu"
    assert placed.why == "in the number format of its file"
    assert placed.memory_gb == pytest.approx(0.312)
    (line,) = lines(made)
    assert line.startswith("tts: kokoro on cpu as stored, ")


def test_number_format_of_a_file_cannot_be_changed() -> None:
    made = plan(machine(), (replace(KOKORO, dtype="float32"),), BF16_CPU)
    assert made.wrong == (
        "tts.dtype = 'float32': kokoro computes in: the number format of its file",
    )


def test_an_engine_for_the_cpu_alone_refuses_another_device() -> None:
    made = plan(machine(cuda()), (replace(KOKORO, device="cuda"),), BF16_CPU)
    assert made.wrong == ("tts.device = 'cuda': kokoro runs on the CPU only",)


def test_every_problem_is_reported_at_once() -> None:
    needs = (replace(WHISPER, device="xpu"), replace(MMS, dtype="float16"))
    assert len(plan(LAPTOP, needs, BF16_CPU).wrong) == 2
