"""Placement on described hardware."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from marvin.backends.pretrained.place import Place
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import Need
from marvin.engines.placement.plan import Placement, Plan, plan, threads, voice_threads
from marvin.engines.placement.speed import Speed, Speeds
from tests.engines.placement.machines import (
    APPLE,
    BARK,
    BF16_CPU,
    CONTAINER,
    INTEL,
    LAPTOP,
    LINE,
    LLM,
    MMS,
    PI_4,
    PI_5,
    PLAIN_CPU,
    SPEECHT5,
    WAKE,
    WHISPER,
    cuda,
    machine,
)

UNMEASURED: Speeds = {}


def placed(made: Plan) -> dict[str, str]:
    """Device and dtype by key, from a plan without problems."""
    assert (made.wrong, made.short) == ((), ())
    return {one.need.key: str(one.place) for one in made.placements}


def one(made: Plan, key: str) -> Placement:
    return next(placement for placement in made.placements if placement.need.key == key)


def big(gigabytes: float, key: str = "llm") -> Need:
    """A language model that needs this much memory in bfloat16."""
    return replace(LLM, key=key, model=f"big-{key}", parameters=int(gigabytes * 5e8), working=0)


@pytest.mark.parametrize(
    ("facts", "speeds", "expected"),
    [
        pytest.param(
            LAPTOP, BF16_CPU, ("cpu int8", "cpu bfloat16", "cpu bfloat16"), id="bf16 CPU"
        ),
        pytest.param(LAPTOP, PLAIN_CPU, ("cpu int8", "cpu float32", "cpu float32"), id="plain CPU"),
        pytest.param(
            LAPTOP, UNMEASURED, ("cpu float32", "cpu float32", "cpu float32"), id="unmeasured"
        ),
        pytest.param(
            machine(cuda(total_gb=4.2, free_gb=3.9)), BF16_CPU,
            ("cuda:0 float16", "cuda:0 bfloat16", "cuda:0 float32"), id="4 GB",
        ),
        pytest.param(
            # Somebody else's language model has the rest. Ours gains most, and nothing else fits.
            machine(cuda(total_gb=8.5, free_gb=2.0)), BF16_CPU,
            ("cuda:0 float16", "cuda:0 bfloat16", "cpu bfloat16"), id="8 GB, 2 GB free",
        ),
        pytest.param(
            machine(cuda()), BF16_CPU,
            ("cuda:0 float16", "cuda:0 bfloat16", "cuda:0 float32"), id="24 GB",
        ),
        pytest.param(
            machine(cuda(formats=("float16", "float32"))), BF16_CPU,
            ("cuda:0 float16", "cuda:0 float16", "cuda:0 float32"), id="Turing",
        ),
        pytest.param(
            machine(cuda(formats=("float32",))), BF16_CPU,
            ("cuda:0 float32", "cuda:0 float32", "cuda:0 float32"), id="Pascal",
        ),
        pytest.param(
            APPLE, BF16_CPU, ("mps float16", "mps bfloat16", "mps float32"), id="Apple"
        ),
        pytest.param(
            INTEL, BF16_CPU, ("xpu:0 float16", "xpu:0 bfloat16", "xpu:0 float32"), id="XPU"
        ),
        pytest.param(PI_4, PLAIN_CPU, ("cpu int8", "cpu float32", "cpu bfloat16"), id="Pi 4"),
        pytest.param(PI_5, PLAIN_CPU, ("cpu int8", "cpu float32", "cpu float32"), id="Pi 5"),
    ],
)  # fmt: skip
def test_whole_pipeline_on(facts: MachineFacts, speeds: Speeds, expected: Sequence[str]) -> None:
    made = plan(facts, LINE, speeds)
    assert placed(made) == dict(zip(("stt", "llm", "tts"), expected, strict=True)) | {
        "wake": "cpu float32"
    }
    for placement in made.placements:
        assert placement.why
        assert "\n" not in placement.why
        chain = (placement.place, *placement.fallbacks)
        assert (chain[-1].device, chain[-1].dtype) == ("cpu", "float32")
        assert len(set(chain)) == len(chain)
    for device, used_gb in made.used_gb.items():
        assert used_gb <= made.budgets_gb[device]


def test_container_with_one_core_uses_one_thread_everywhere() -> None:
    made = plan(CONTAINER, (WAKE, WHISPER, MMS), PLAIN_CPU)
    assert [placement.place.threads for placement in made.placements] == [1, 1, 1]


@pytest.mark.parametrize(
    ("cores", "stt", "llm", "tts"),
    [(1, 1, 1, 1), (2, 2, 1, 1), (3, 2, 1, 1), (4, 3, 2, 1), (8, 7, 4, 3), (64, 8, 4, 4)],
)
def test_voice_and_language_model_share_the_threads_that_the_ear_leaves(
    cores: int, stt: int, llm: int, tts: int
) -> None:
    made = plan(replace(LAPTOP, cores=cores), LINE, BF16_CPU)
    assert {one.need.key: one.place.threads for one in made.placements} == {
        "wake": 1, "stt": stt, "llm": llm, "tts": tts
    }  # fmt: skip


def test_stage_that_shares_with_no_other_gets_all_the_voice_s_threads() -> None:
    assert threads("llm", 4, {"stt", "llm"}) == threads("tts", 4, {"tts"}) == voice_threads(4) == 3
    made = plan(LAPTOP, (WAKE, WHISPER, SPEECHT5), BF16_CPU)
    assert one(made, "tts").place.threads == 3


def test_with_an_accelerator_the_cpu_only_feeds_it() -> None:
    made = plan(machine(cuda(), cores=16), LINE, BF16_CPU)
    assert {placement.place.threads for placement in made.placements} == {1}


def test_reasons_name_the_deciding_fact() -> None:
    assert one(plan(LAPTOP, LINE, BF16_CPU), "stt").why == (
        "no GPU; int8 measured 4.7 times as fast as float32"
    )
    assert one(plan(LAPTOP, LINE, PLAIN_CPU), "llm").why == "no GPU; float32 measured fastest"
    assert one(plan(LAPTOP, (MMS,), BF16_CPU), "tts").why == (
        "no GPU; mms has no other number format for a CPU"
    )
    full = plan(machine(cuda(total_gb=8.5, free_gb=2.0)), LINE, BF16_CPU)
    assert one(full, "tts").why.startswith("cuda:0 has 0.4 GB for its 0.8 GB; bfloat16 measured")
    fast = BF16_CPU | {("cuda:0", "bfloat16"): Speed(0.0002, 0.0004)}
    assert one(plan(machine(cuda()), LINE, fast), "llm").why == (
        "measured 8.2 times as fast as the CPU"
    )


def test_a_language_model_is_never_placed_in_int8_unless_that_is_asked_for() -> None:
    assert {
        placed(plan(facts, (LLM,), speeds))["llm"]
        for facts in (LAPTOP, replace(LAPTOP, native=("bfloat16",)), PI_4, CONTAINER)
        for speeds in (BF16_CPU, PLAIN_CPU, UNMEASURED)
    } == {"cpu bfloat16", "cpu float32"}
    asked = plan(LAPTOP, (replace(LLM, dtype="int8"),), PLAIN_CPU)
    assert placed(asked)["llm"] == "cpu int8"


def test_unmeasured_a_processor_is_used_as_it_was_built() -> None:
    made = plan(replace(LAPTOP, native=("bfloat16",)), LINE, UNMEASURED)
    assert placed(made)["llm"] == "cpu bfloat16"
    assert one(made, "llm").why == "no GPU; the processor has bfloat16; nothing was measured"


def test_dtype_that_is_hardly_faster_is_not_used() -> None:
    speeds = BF16_CPU | {
        ("cpu", "bfloat16"): Speed(0.0038, 0.0076),
        ("cpu", "int8"): Speed(0.0037, 0.0075),
    }
    assert placed(plan(LAPTOP, LINE, speeds))["stt"] == "cpu float32"


def test_float16_is_used_on_arm_if_fastest_but_not_for_a_language_model() -> None:
    speeds = PLAIN_CPU | {("cpu", "float16"): Speed(0.04, 0.015)}
    made = placed(plan(PI_5, LINE, speeds))
    assert (made["stt"], made["llm"]) == ("cpu float16", "cpu float32")


def test_accelerator_slower_than_the_cpu_is_not_used() -> None:
    speeds = BF16_CPU | {
        ("cuda:0", dtype): Speed(0.005, 0.009) for dtype in ("float32", "float16", "bfloat16")
    }
    made = plan(machine(cuda()), LINE, speeds)
    assert placed(made)["llm"] == "cpu bfloat16"
    assert one(made, "llm").why.startswith("faster than cuda:0; ")


def test_voice_with_hundreds_of_steps_claims_before_a_small_language_model() -> None:
    made = plan(machine(cuda(total_gb=4.2, free_gb=2.1)), (WHISPER, LLM, BARK), BF16_CPU)
    assert placed(made)["tts"] == "cuda:0 float16"
    assert placed(made)["llm"] == "cpu bfloat16"


def test_bark_with_offload_needs_less_gpu_memory_and_all_of_it_on_the_cpu() -> None:
    facts = machine(cuda(total_gb=4.2, free_gb=1.5))
    assert placed(plan(facts, (BARK,), BF16_CPU))["tts"] == "cpu float32"
    made = plan(facts, (replace(BARK, offload=True),), BF16_CPU)
    assert placed(made)["tts"] == "cuda:0 float16"
    assert made.used_gb["cpu"] == pytest.approx(0.45 + 0.84)


def test_of_two_gpus_each_model_takes_the_one_with_more_room() -> None:
    cards = (cuda(0, 8.5, 8.0), cuda(1, 24.0, 23.0))
    made = plan(machine(*cards), (WHISPER, big(16.0), SPEECHT5), BF16_CPU)
    assert placed(made) == {
        "llm": "cuda:1 bfloat16", "stt": "cuda:0 float16", "tts": "cuda:0 float32"
    }  # fmt: skip
    stt = one(made, "stt")
    assert [str(place) for place in stt.fallbacks] == [
        "cuda:1 float16", "cpu int8", "cpu float32"
    ]  # fmt: skip


def test_of_two_gpus_the_much_faster_one_is_filled_first() -> None:
    formats = ("float32", "float16", "bfloat16")
    speeds = BF16_CPU | {("cuda:0", one): Speed(0.0002, 0.0004) for one in formats}
    speeds |= {("cuda:1", one): Speed(0.001, 0.002) for one in formats}
    made = plan(machine(cuda(0, 8.5, 8.0), cuda(1)), LINE, speeds)
    assert {place.partition(" ")[0] for key, place in placed(made).items() if key != "wake"} == {
        "cuda:0"
    }


def test_memory_taken_by_apple_s_gpu_is_gone_for_the_cpu() -> None:
    made = plan(APPLE, (WHISPER, big(6.0), SPEECHT5), BF16_CPU)
    assert made.used_gb["cpu"] > 6.0
    assert placed(made)["llm"] == "mps bfloat16"
    assert plan(APPLE, (big(6.0), big(6.0, "llm.fallbacks[0]")), BF16_CPU).short


def test_fallback_model_claims_last() -> None:
    spare = replace(LLM, key="llm.fallbacks[0]", model="other")
    facts = machine(cuda(total_gb=4.2, free_gb=2.1))
    made = placed(plan(facts, (spare, WHISPER, LLM), BF16_CPU))
    assert made["llm"] == "cuda:0 bfloat16"
    assert made["llm.fallbacks[0]"] == "cpu bfloat16"


def test_two_stages_with_the_same_weights_load_them_once() -> None:
    twice = plan(LAPTOP, (LLM, replace(LLM, key="llm.fallbacks[0]")), BF16_CPU)
    alone = one(twice, "llm").memory_gb
    assert one(twice, "llm.fallbacks[0]").memory_gb == pytest.approx(alone - 0.724, abs=0.01)


def test_without_room_for_float32_half_precision_is_used() -> None:
    facts = replace(PI_5, available_gb=6.0)
    made = plan(facts, (replace(LLM, parameters=1_700_000_000),), {})
    assert placed(made)["llm"] == "cpu bfloat16"
    assert "cpu has 4.7 GB for its 7.0 GB" in one(made, "llm").why


def test_int8_is_converted_from_float32_which_must_fit_first() -> None:
    # 1.7 B parameters: 1.9 GB as int8, but 6.8 GB while it is made.
    need = replace(LLM, parameters=1_700_000_000, linear=1_600_000_000, dtype="int8")
    assert placed(plan(LAPTOP, (need,), PLAIN_CPU))["llm"] == "cpu int8"
    assert "cpu has 5.9 GB for its 6.8 GB" in plan(PI_5, (need,), PLAIN_CPU).short[0]


def test_lack_of_memory_is_reported_before_anything_is_loaded() -> None:
    made = plan(PI_4, (WHISPER, big(14.0)), PLAIN_CPU)
    assert len(made.wrong) == 1
    assert made.short == ()
    assert made.wrong[0].startswith("llm.model = 'big-llm': there is no memory for it: cpu has ")
    assert made.wrong[0].endswith(
        'Choose a smaller model or another profile; llm.device = "cpu" forces it'
    )
    assert [placement.need.key for placement in made.placements] == ["stt"]


def test_memory_used_by_other_programs_is_reported_separately() -> None:
    made = plan(machine(memory_gb=16.0, available_gb=2.0), (big(6.0),), BF16_CPU)
    assert made.wrong == ()
    assert "End other programs" in made.short[0]


def test_explicit_choice_is_obeyed_with_a_warning() -> None:
    made = plan(PI_4, (replace(big(14.0), device="cpu"),), PLAIN_CPU)
    assert placed(made) == {"llm": "cpu float32"}
    assert one(made, "llm").why.startswith("as configured, though cpu has ")


def test_wake_word_never_waits_for_an_accelerator() -> None:
    made = plan(machine(cuda()), LINE, BF16_CPU)
    wake = one(made, "wake")
    assert (wake.place, wake.fallbacks) == (Place("cpu", "float32", 1), ())
