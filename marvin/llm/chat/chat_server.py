"""The server of a ChatConfig: its URL, its key, and what its errors mean."""

import re
from urllib.parse import urlsplit

from marvin.backends.remote.account import read_key
from marvin.backends.remote.wording import SHOWN_IN_DEBUG
from marvin.config.llm import ROUTER, ChatConfig
from marvin.errors import ConfigError, LanguageModelError
from marvin.llm.chat.http_session import RefusedError

_NO_KEY = "none"
"""Sent to servers that need no key."""
_VERSION = re.compile(r"/v\d\w*(?=/|$)")
"""Most servers have `/v1`, Gemini `/v1beta/openai`."""


class ChatServer:
    def __init__(self, config: ChatConfig) -> None:
        self._config = config
        self._address = urlsplit(config.base_url) if config.base_url else None

    @property
    def name(self) -> str:
        """Display name: where questions go, without secrets from the URL."""
        if self._address is not None:
            return f"{self._address.scheme}://{self._host}{self._address.path.rstrip('/')}"
        if self._config.provider == "auto":
            return "Hugging Face"
        return f"Hugging Face ({self._config.provider})"

    @property
    def completions(self) -> str:
        """URL of the endpoint. An address without a version gets `/v1`."""
        parts = self._address or urlsplit(ROUTER)
        path = parts.path.rstrip("/")
        if not path.endswith("/chat/completions"):
            path += ("" if _VERSION.search(path) else "/v1") + "/chat/completions"
        return parts._replace(path=path, fragment="").geturl()

    @property
    def own(self) -> bool:
        """Whether it is the user's own server: it has an address and needs no key."""
        return not self._hugging_face and self._config.api_key_env is None

    @property
    def suspicion(self) -> str:
        """What to check after a protocol error."""
        key = "llm.provider" if self._address is None else "llm.base_url"
        return f"check {key} and llm.model"

    @property
    def model(self) -> str:
        """Model name in the request. Hugging Face's router takes the provider with it."""
        model, provider = self._config.model, self._config.provider
        routed = self._address is None and provider != "auto"
        return f"{model}:{provider}" if routed else model

    def key(self) -> str:
        """The API key; looked up each time, because it may be set later.

        Raises:
            LanguageModelError: The key is missing or malformed.
        """
        from huggingface_hub import get_token, is_offline_mode

        if self._address is None and is_offline_mode():
            raise LanguageModelError(
                "HF_HUB_OFFLINE is set, so Hugging Face is not asked: unset it, or set "
                "llm.base_url to your own server"
            )
        try:
            key = read_key(self._config.api_key_env, "llm")
        except ConfigError as error:
            raise LanguageModelError(str(error)) from None
        if key is None and not self._hugging_face:
            return _NO_KEY
        if key is None and (key := get_token()) is None:
            raise LanguageModelError(
                "there is no Hugging Face token: set HF_TOKEN or run `hf auth login`, or set "
                "llm.base_url to your own server"
            )
        if self._address is None and not (key.isascii() and key.startswith("hf_")):
            raise LanguageModelError(
                f"{self._key_name}: not a Hugging Face token, which starts with hf_; "
                "a key of another provider needs that provider's address in llm.base_url"
            )
        return key

    def refused(self, fault: RefusedError) -> str:
        """What an HTTP status means, and what to do. Never includes the server's own message,
        which may quote the key or the user."""
        return f"{self.name} {self._meaning(fault)} ({fault.status})"

    def failed(self) -> str:
        """Message for an error in the middle of an answer."""
        return (
            f"{self.name} failed with llm.model {self._config.model!r} while it answered: its own "
            f"log says why; {SHOWN_IN_DEBUG}"
        )

    def unreachable(self, reason: str) -> str:
        """Message for a failed connection."""
        own = self._address is not None
        todo = "is it running, and is llm.base_url right?" if own else "is this machine online?"
        return f"{self.name} cannot be reached ({reason or 'no connection'}): {todo}"

    def _meaning(self, fault: RefusedError) -> str:
        key = self._key_name
        reason = fault.complaint.lower()
        match fault.status:
            case 200 if fault.kind == "text/html":
                return f"answered with a web page at {fault.path}: check llm.base_url"
            case 200:
                return f"does not answer at {fault.path}: check llm.base_url"
            case 401:
                return f"does not accept the key: check {key}"
            case 402:
                return (
                    "requires payment, the account has no credits left: "
                    "llm.base_url may name a server of your own"
                )
            case 403:
                more = ", its permission for Inference Providers, and the model's licence"
                todo = f"check {key}{more if self._hugging_face else ''}"
                return f"does not let you use llm.model {self._config.model!r}: {todo}"
            case 404 if self._config.model.lower() in reason or "model" in reason:
                return (
                    f"has no model {self._config.model!r}: check llm.model, or fetch it there "
                    "(`ollama pull`, `lms get`)"
                )
            case 404 | 405:
                return f"has no path {fault.path}: most llm.base_url end in /v1"
            case 429:
                return "gets too many requests: wait, or name another model in llm.fallbacks"
            case 503 if "load" in reason:
                return (
                    "is still loading its model: ask again in a while, or raise llm.first_token_s"
                )
            case 502 | 503 | 504:
                return (
                    "is overloaded or restarting: ask again in a while, or name another model in "
                    "llm.fallbacks"
                )
            case status if 300 <= status < 400:
                return f"has moved: set llm.base_url to its new address; {SHOWN_IN_DEBUG}"
            case status if status >= 500:
                return (
                    f"failed with llm.model {self._config.model!r}: its own log says why; "
                    f"{SHOWN_IN_DEBUG}"
                )
        return (
            f"rejects the request for llm.model {self._config.model!r}: check the keys of "
            f"[llm]; {SHOWN_IN_DEBUG}"
        )

    @property
    def _key_name(self) -> str:
        if self._config.api_key_env is not None:
            return f"the variable {self._config.api_key_env} (llm.api_key_env)"
        if not self._hugging_face:
            return "llm.api_key_env, which is not set"
        return "HF_TOKEN or `hf auth login`"

    @property
    def _hugging_face(self) -> bool:
        """Whether it gets the user's token; Inference Endpoints are at huggingface.cloud."""
        if self._address is None:
            return True
        host = self._address.hostname or ""
        return self._address.scheme == "https" and host.endswith(
            (".huggingface.cloud", ".huggingface.co")
        )

    @property
    def _host(self) -> str:
        """With the port, without credentials."""
        return self._address.netloc.rpartition("@")[2] if self._address is not None else ""
