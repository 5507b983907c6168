"""Machines and models for the tests."""

from marvin.config.llm import GgufConfig, TransformersConfig
from marvin.config.stt import WhisperConfig
from marvin.config.tts import BarkConfig, KokoroConfig, MmsConfig, SpeechT5Config
from marvin.engines.placement.accelerators import Accelerator
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import Need
from marvin.engines.placement.speed import Speed

BF16_CPU = {
    ("cpu", "float32"): Speed(0.004, 0.008),
    ("cpu", "bfloat16"): Speed(0.0014, 0.0034),
    ("cpu", "int8"): Speed(0.0011, 0.0015),
}
"""A CPU with native bfloat16, as measured on an EPYC with avx512_bf16 and two threads."""
PLAIN_CPU = {
    ("cpu", "float32"): Speed(0.09, 0.05),
    ("cpu", "bfloat16"): Speed(0.6, 0.09),
    ("cpu", "int8"): Speed(0.05, 0.02),
}
"""A CPU that emulates bfloat16."""

WHISPER = Need(
    "stt",
    "whisper",
    "whisper-base",
    72_593_920,
    44_000_000,
    working=23_000_000,
    traits=WhisperConfig.traits,
)
LLM = Need(
    "llm",
    "transformers",
    "360M",
    361_821_120,
    314_000_000,
    working=41_000_000,
    traits=TransformersConfig.traits,
)
SPEECHT5 = Need(
    "tts",
    "speecht5",
    "speecht5",
    144_433_890,
    exact=12_700_000,
    working=40_000_000,
    traits=SpeechT5Config.traits,
)
BARK = Need("tts", "bark", "bark-small", 420_000_000, working=94_000_000, traits=BarkConfig.traits)
MMS = Need("tts", "mms", "mms-eng", 36_300_000, working=17_000_000, traits=MmsConfig.traits)
GGUF = Need("llm", "gguf", "chat-gguf", 25_000_000, working=25_000_000, traits=GgufConfig.traits)
KOKORO = Need("tts", "kokoro", "kokoro", 23_000_000, working=55_000_000, traits=KokoroConfig.traits)
WAKE = Need("wake", "ast", "marvin", 820_000, working=205_000, listens=True)
LINE = (WAKE, WHISPER, LLM, SPEECHT5)


def cuda(
    number: int = 0, total_gb: float = 24.0, free_gb: float = 23.5, **more: object
) -> Accelerator:
    return Accelerator(f"cuda:{number}", f"Card {number}", total_gb, free_gb, **more)  # type: ignore[arg-type]


def machine(
    *accelerators: Accelerator, cores: int = 4, memory_gb: float = 16.0, available_gb: float = 12.0
) -> MachineFacts:
    return MachineFacts(
        "CPU", cores, memory_gb, available_gb, accelerators=tuple(accelerators), torch="2.13.0"
    )


LAPTOP = machine()
PI_4 = machine(cores=4, memory_gb=4.0, available_gb=3.2)
PI_5 = machine(cores=4, memory_gb=8.2, available_gb=7.2)
CONTAINER = machine(cores=1, memory_gb=2.1, available_gb=2.0)
APPLE = machine(
    Accelerator("mps", "Apple M2", 11.5, 9.0, unified=True), cores=4, memory_gb=17.2,
    available_gb=9.0,
)  # fmt: skip
INTEL = machine(Accelerator("xpu:0", "Arc A770", 16.2, 15.8), cores=8)
