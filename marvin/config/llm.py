"""The table [llm], one class an engine."""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marvin.config.table import PlacedTable, Seconds, Table, Text

SYSTEM_PROMPT = (
    "You are Marvin, a voice assistant. What you write is spoken aloud: answer in one to three "
    "short sentences of plain words, without lists, markdown, code, links or emoji. Say so when "
    "you do not know."
)


def _address(text: str) -> str:
    wrong = ValueError("should be a whole address, such as http://localhost:11434/v1")
    try:
        url = urlsplit(text)
        named = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        raise wrong from None
    if not named:
        # huggingface_hub would take it for the name of a model, and ask Hugging Face.
        raise wrong
    return text


Address = Annotated[Text, AfterValidator(_address)]


class NoLanguageModelConfig(Table):
    """No language model: skills answer, the rest gets an honest sentence."""

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


class TransformersConfig(PlacedTable, ConversationTable):
    """A small instruct model in this process."""

    engine: Literal["transformers"] = "transformers"
    """`transformers`: any causal language model with a chat template."""
    model: Text = "HuggingFaceTB/SmolLM2-360M-Instruct"
    """Hub id or folder."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """With a temperature: the same answer again to the same conversation."""
    fallbacks: "tuple[LanguageModelConfig, ...]" = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""


class ChatConfig(ConversationTable):
    """A chat completion server: Hugging Face inference, or one of your own."""

    engine: Literal["chat"] = "chat"
    """`chat`: huggingface_hub's AsyncInferenceClient."""
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
    fallbacks: "tuple[LanguageModelConfig, ...]" = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""


LanguageModelConfig = Annotated[
    NoLanguageModelConfig | TransformersConfig | ChatConfig, Field(discriminator="engine")
]


def with_fallbacks(
    key: str, table: LanguageModelConfig
) -> Iterator[tuple[str, LanguageModelConfig]]:
    """The model and those that stand in for it, in their order, each with its table's key."""
    yield key, table
    if not isinstance(table, NoLanguageModelConfig):
        for number, fallback in enumerate(table.fallbacks):
            yield from with_fallbacks(f"{key}.fallbacks.{number}", fallback)


def conversation_rules(table: LanguageModelConfig) -> ConversationTable:
    """How a conversation is held; without a language model by the defaults."""
    return ConversationTable() if isinstance(table, NoLanguageModelConfig) else table
