"""The table [llm], one class an engine."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from marvin.config.engine_table import (
    CheckpointKey,
    DeviceTraits,
    EngineTable,
    PlacedTable,
    ServerTable,
)
from marvin.config.table import Address, Seconds, Table, Text

ROUTER = "https://router.huggingface.co/v1"
"""Where Hugging Face's inference providers are asked."""
SYSTEM_PROMPT = (
    "You are Marvin, a voice assistant. What you write is spoken aloud: answer in one to three "
    "short sentences of plain words, without lists, markdown, code, links or emoji. Say so when "
    "you do not know."
)


class LanguageModelConfig(EngineTable):
    """Any language model."""

    does = "answers by its skills and {model}"


class NoLanguageModelConfig(LanguageModelConfig):
    """No language model: skills answer, the rest gets an honest sentence."""

    class_path = "marvin.llm.none:NoLanguageModel"
    runs = "skills only"
    does = "answers by its skills alone, without a language model"

    engine: Literal["none"] = "none"
    """`none`: no language model."""


class ConversationTable(Table):
    """What every language model needs to hold a conversation."""

    system_prompt: str = SYSTEM_PROMPT
    """What the model is told before the conversation, and before what Marvin can and cannot do;
    empty: it is told neither."""
    history_tokens: Annotated[int, Field(ge=64, le=1_000_000)] = 1024
    """Budget of the conversation that the model sees, beside the system prompt; the oldest turns
    are dropped first."""
    forget_s: Annotated[float, Field(ge=0.0, le=86_400.0)] = 300.0
    """A pause so long begins a new conversation."""
    max_tokens: Annotated[int, Field(ge=1, le=8192)] = 160
    """Longest answer."""
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    """0 always takes the likeliest token; more varies."""
    first_token_s: Seconds = 8.0
    """Longest wait for the first words; then the next of `fallbacks` is asked."""
    answer_s: Seconds = 60.0
    """Longest whole answer; what there is by then is spoken."""


class TransformersConfig(PlacedTable, ConversationTable, LanguageModelConfig):
    """A small instruct model in this process."""

    class_path = "marvin.llm.transformers.in_process:TransformersLanguageModel"
    checkpoints = (CheckpointKey(parameters=1_000_000_000),)
    # Trained in bfloat16, whose range float16 lacks. Some twenty tokens are the first clause; the
    # prompt is mostly in the cache.
    traits = DeviceTraits(
        ("bfloat16", "float16", "float32"), ("float32", "bfloat16", "int8"), 20, 0.8
    )

    engine: Literal["transformers"] = "transformers"
    """`transformers`: any causal language model with a chat template."""
    model: Text = "HuggingFaceTB/SmolLM2-360M-Instruct"
    """Hub id or folder."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """With a temperature: the same answer again to the same conversation."""
    fallbacks: tuple[LanguageModelConfig, ...] = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""

    def working(self, settings: Mapping[str, int]) -> int:
        tokens = self.history_tokens + self.max_tokens
        width, layers = settings["hidden_size"], settings["num_hidden_layers"]
        heads = settings["num_attention_heads"]
        groups = settings.get("num_key_value_heads") or heads
        each = settings.get("head_dim") or width // heads
        # The whole prompt at once in one layer, and keys and values of all of them; growing a
        # cache copies a layer's. Logits are float32 whatever the weights are.
        prompt = tokens * (6 * width + 3 * settings["intermediate_size"])
        cache = 2 * (layers + 1) * groups * each * tokens
        return prompt + cache + 4 * settings["vocab_size"]


class ChatConfig(ServerTable, ConversationTable, LanguageModelConfig):
    """A chat completion server: Hugging Face inference, or one of your own."""

    class_path = "marvin.llm.chat.chat:ChatLanguageModel"

    engine: Literal["chat"] = "chat"
    """`chat`: any server that speaks OpenAI's protocol."""
    base_url: Address | None = None
    """Ollama `http://localhost:11434/v1`, llama.cpp, vLLM, LM Studio, `transformers serve`;
    without it Hugging Face Inference Providers."""
    provider: Text = "auto"
    """Inference provider (`groq`, `together`, ...), where there is no `base_url`; with `auto`
    Hugging Face's router takes the first in your account's order."""
    model: Text = "meta-llama/Llama-3.1-8B-Instruct"
    """Name of the model on the server, or Hub id."""
    api_key_env: Text | None = None
    """Environment variable that has the server's key. Without it Hugging Face gets HF_TOKEN or the
    token of `hf auth login`, and any other server none."""
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Further tries when the server is busy (429, 502, 503, 504) or breaks off, as long as
    `first_token_s` leaves time for them."""
    fallbacks: tuple[LanguageModelConfig, ...] = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""

    @property
    def server_address(self) -> str:
        return self.base_url or ROUTER

    def where(self) -> str:
        if self.base_url is None:
            return f"on Hugging Face's inference providers ({self.provider})"
        return super().where()


def conversation_rules(table: LanguageModelConfig) -> ConversationTable:
    """How a conversation is held; without a language model by the defaults."""
    return table if isinstance(table, ConversationTable) else ConversationTable()
