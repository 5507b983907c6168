"""Processor, memory and accelerators compared with what the configuration needs."""

from dataclasses import replace
from pathlib import Path

import pytest

from marvin.config.llm import TransformersConfig
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.engines.placement.facts import MachineFacts, read_facts
from marvin.engines.placement.speed import Speeds
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Finding, Level
from marvin.workshop.doctor.hardware import ExaminedMachine, cpu, gpu, hardware_checks, memory, swap
from marvin.workshop.doctor.patient import Patient
from tests.engines.placement.machines import BF16_CPU, LAPTOP, PI_4, cuda, machine
from tests.workshop.doctor.described import described, raising

WHISPER = Config(stt=WhisperConfig())


def examined(tmp_path: Path, facts: MachineFacts, config: Config = WHISPER) -> dict[str, Finding]:
    patient = Patient(described(tmp_path, facts=lambda: facts), config)
    return {one.name: one for one in examine([hardware_checks(patient, ExaminedMachine(patient))])}


def test_healthy_machine_passes(tmp_path: Path) -> None:
    found = examined(tmp_path, replace(LAPTOP, native=("bfloat16",)))
    assert {one.level for one in found.values()} == {Level.OK}
    assert found["cpu"].text == "CPU, 4 cores, computes with bfloat16"
    assert found["memory"].text.startswith("12.0 of 16.0 GB free, 0.")
    assert found["swap"].text == "0.1 of 4.0 GB used"
    assert found["gpu"].text == "none: models run on the CPU"


def test_facts_are_read_once(tmp_path: Path) -> None:
    read: list[MachineFacts] = []

    def facts() -> MachineFacts:
        read.append(LAPTOP)
        return LAPTOP

    patient = Patient(described(tmp_path, facts=facts), WHISPER)
    examine([hardware_checks(patient, ExaminedMachine(patient))])
    assert len(read) == 1


def test_plan_uses_speeds_measured_at_an_earlier_start(tmp_path: Path) -> None:
    def planned(speeds: Speeds) -> float:
        system = described(tmp_path, speeds=lambda facts: speeds)
        return ExaminedMachine(Patient(system, WHISPER)).plan.used_gb["cpu"]

    assert planned(BF16_CPU) < planned({}), "bfloat16 is smaller than what always works"


def test_torch_that_does_not_load_is_reported_once(tmp_path: Path) -> None:
    broken = raising(OSError("libcudart.so.12: cannot open shared object file\nmore"))
    patient = Patient(described(tmp_path, facts=broken))
    found = examine([hardware_checks(patient, ExaminedMachine(patient))])
    assert [(one.name, one.level) for one in found] == [("cpu", Level.FAIL)]
    assert found[0].text == (
        "torch cannot be loaded: libcudart.so.12: cannot open shared object file"
    )


def test_one_core_is_few_for_a_model(tmp_path: Path) -> None:
    one_core = machine(cores=1)
    assert examined(tmp_path, one_core)["cpu"].level is Level.WARN
    assert examined(tmp_path, one_core, Config())["cpu"].level is Level.OK
    assert examined(tmp_path, one_core, Config())["cpu"].text == "CPU, 1 core, float32 only"


@pytest.mark.parametrize(
    ("facts", "model", "level", "text"),
    [
        (PI_4, "somebody/chat-7B", Level.FAIL, "there is no memory for it"),
        (machine(memory_gb=64.0, available_gb=4.0), "somebody/chat-7B", Level.FAIL, "End other"),
        (machine(available_gb=2.3), "somebody/chat-300M", Level.WARN, ": tight"),
    ],
)
def test_model_that_is_too_large_fails(
    tmp_path: Path, facts: MachineFacts, model: str, level: Level, text: str
) -> None:
    found = examined(tmp_path, facts, Config(llm=TransformersConfig(model=model)))["memory"]
    assert found.level is level
    assert text in found.text
    assert found.cure.startswith("marvin placement")


def test_missing_configured_device_fails(tmp_path: Path) -> None:
    found = examined(tmp_path, LAPTOP, Config(stt=WhisperConfig(device="cuda")))["memory"]
    assert found.level is Level.FAIL
    assert "stt.device = 'cuda': this machine has no CUDA device" in found.text


@pytest.mark.parametrize(
    ("meminfo", "facts", "level", "text"),
    [
        ("SwapTotal: 0 kB\nSwapFree: 0 kB\n", PI_4, Level.OK, "none"),
        (
            "SwapTotal: 102396 kB\nSwapFree: 102396 kB\n",
            machine(memory_gb=1.0, available_gb=0.7),
            Level.WARN,
            "0.1 GB: on this machine, loading a model may run out of memory",
        ),
        (
            "SwapTotal: 2000000 kB\nSwapFree: 100000 kB\n",
            LAPTOP,
            Level.WARN,
            "1.9 of 2.0 GB used: answers will be slow",
        ),
        ("", LAPTOP, Level.OK, "managed by the system"),
    ],
)
def test_swap_is_examined(
    tmp_path: Path, meminfo: str, facts: MachineFacts, level: Level, text: str
) -> None:
    system = described(tmp_path, facts=lambda: facts)
    (tmp_path / "proc" / "meminfo").write_text(meminfo)
    found = swap(system, ExaminedMachine(Patient(system)))
    assert (found.level, found.text) == (level, text)


def test_working_gpu_passes(tmp_path: Path) -> None:
    found = examined(tmp_path, machine(cuda()))["gpu"]
    assert (found.level, found.text) == (Level.OK, "cuda:0 Card 0, 23.5 of 24.0 GB free")


def test_broken_gpu_fails(tmp_path: Path) -> None:
    broken = replace(LAPTOP, broken=("cuda:0 does not work: no kernel image",))
    found = examined(tmp_path, broken)["gpu"]
    assert (found.level, found.text) == (Level.WARN, "cuda:0 does not work: no kernel image")


@pytest.mark.parametrize(
    ("driver", "maker", "index"), [("nvidia0", "NVIDIA", "cu128"), ("kfd", "AMD", "rocm6.4")]
)
def test_driver_that_does_not_match_torch_is_named(
    tmp_path: Path, driver: str, maker: str, index: str
) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / driver).touch()
    found = examined(tmp_path, LAPTOP)["gpu"]
    assert (found.level, found.text) == (
        Level.WARN,
        f"an {maker} card that this torch (2.13.0) does not use",
    )
    assert found.cure.endswith(index)


def test_this_machine_has_a_processor_and_memory(tmp_path: Path) -> None:
    patient = Patient(described(tmp_path, facts=read_facts))
    seen = ExaminedMachine(patient)
    assert cpu(patient, seen).level is not Level.FAIL
    assert "GB free" in memory(seen).text
    assert gpu(patient.system, seen).level in Level
