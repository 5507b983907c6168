"""Checks the Hub and the configured servers, without using a model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from marvin.backends.remote.account import open_client, read_key
from marvin.backends.remote.wording import reason
from marvin.boundary.files import parse_json
from marvin.boundary.redaction import redact, show_address
from marvin.config.engine_table import ServerTable
from marvin.config.llm import ROUTER, ChatConfig
from marvin.config.tables import Config
from marvin.errors import MarvinError
from marvin.llm.chat.chat_server import ChatServer as ChatServer
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, Level, fail, ok, warn
from marvin.workshop.doctor.patience import stretched
from marvin.workshop.doctor.patient import Patient

_ANSWER_S = 3.0
_LIMIT_S = 4.0
"""A failing name lookup may take longer than the client's limit."""
_LONGEST = 4_000_000
"""Size limit of a model list."""
_SHOWN = 3
_SHOWN_CHARACTERS = 60

_Answer = tuple[int, bytes]
"""Status and body."""


class UnreachableError(Exception):
    """The message is the reason."""


@dataclass(frozen=True, slots=True)
class ProbedServer:
    """A configured server."""

    key: str
    """Its table in models.toml: `llm`, `llm.fallbacks[0]`."""
    table: ServerTable

    @property
    def base_url(self) -> str:
        return self.table.server_address

    @property
    def address(self) -> str:
        """Without credentials, for display."""
        return show_address(self.base_url)


def server_lanes(patient: Patient) -> list[Lane]:
    """One lane per server, to wait for all concurrently."""
    late = warn(
        "hub", "no answer; only needed to download models", "marvin models pull  (when it is back)"
    )
    found: list[Lane] = [(Check("hub", hub, _LIMIT_S, late=late),)]
    for one in servers(patient.config):
        gone = fail(f"{one.key} server", f"{one.address} does not answer", _start(one))
        found.append((Check(f"{one.key} server", partial(server, one), _LIMIT_S, late=gone),))
    return found


def servers(config: Config) -> Iterator[ProbedServer]:
    """All servers that the configured engines use."""
    for key, table in config.engines():
        if isinstance(table, ServerTable):
            yield ProbedServer(key, table)


def hub() -> Finding:
    """Needed only to download models."""
    from huggingface_hub import constants, is_offline_mode

    endpoint = show_address(constants.ENDPOINT)
    if is_offline_mode():
        return ok("hub", "skipped: HF_HUB_OFFLINE is set")
    try:
        status, _ = asyncio.run(_get(endpoint, "/api/models?limit=1", None, "hub"))
    except (MarvinError, UnreachableError) as error:
        text = f"{endpoint} cannot be reached: {error}"
        return warn("hub", f"{text}; only needed to download models", f"curl -I {endpoint}")
    if status >= 500:
        return warn("hub", f"{endpoint} has problems ({status})", "try again later")
    return ok("hub", f"{endpoint} answers")


def server(one: ProbedServer) -> Finding:
    """Whether it answers, accepts the key and lists the model."""
    name = f"{one.key} server"
    try:
        key = _key(one)
        status, body = asyncio.run(_get(one.base_url, "/models", key, one.key))
    except MarvinError as error:
        return fail(name, str(error), "marvin config  (the key above)")
    except UnreachableError as error:
        text = f"{one.address} cannot be reached: {error}"
        return fail(name, text, _start(one))
    return judge_model_list(one, status, body)


def judge_model_list(one: ProbedServer, status: int, body: bytes) -> Finding:
    """Interpret the answer to `GET /models`."""
    name, at = f"{one.key} server", one.address
    variable = one.table.api_key_env or "HF_TOKEN"
    if status in (401, 403):
        if one.table.api_key_env is None and one.base_url != ROUTER:
            text = f"{at} requires a key ({status})"
            return fail(name, text, f"marvin config  ({one.key}.api_key_env names a variable)")
        text = f"{at} rejects the key in {variable} ({status})"
        return fail(name, text, f"export {variable}=...")
    if 300 <= status < 400:
        return fail(name, f"{at} has moved ({status})", f"curl -I {at}/models")
    if status >= 500:
        return fail(name, f"{at} answers, but failed ({status})", _start(one))
    if status != 200:
        # Some servers work without a model list.
        text = f"{at} answers, but lists no models ({status}); most addresses end in /v1"
        return warn(name, text, f"curl {at}/models")
    names = _names(body)
    if names is None:
        text = f"{at}/models is not a list of models; most addresses end in /v1"
        return fail(name, text, f"curl {at}/models")
    if names and one.table.model.partition(":")[0] not in {
        known.partition(":")[0] for known in names
    }:
        there = ", ".join(known[:_SHOWN_CHARACTERS] for known in names[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        text = f"{at} does not list {one.table.model!r}"
        cure = f"marvin config  ({one.key}.model; Ollama: `ollama pull`)"
        return Finding(name, Level.WARN, text, cure, aside=f"; it has {there}{more}")
    return ok(name, f"{at} answers, models: {len(names)}")


def _names(body: bytes) -> list[str] | None:
    """Model names in a list; None if it is not a model list."""
    try:
        described: Any = parse_json(body)
        listed = described["data"]
        return [redact("".join(filter(str.isprintable, str(item["id"])))) for item in listed]
    except (ValueError, KeyError, TypeError):
        return None


def _key(one: ProbedServer) -> str | None:
    """The API key; never shown."""
    if isinstance(one.table, ChatConfig):
        return ChatServer(one.table).key()
    return read_key(one.table.api_key_env, one.key)


async def _get(base_url: str, path: str, key: str | None, table: str) -> _Answer:
    """Status, and the body of a status 200.

    Raises:
        UnreachableError: There is no answer.
        ConfigError: The address is invalid.
    """
    import httpx2

    body = bytearray()
    limit_s = stretched(_ANSWER_S)
    try:
        async with (
            asyncio.timeout(limit_s),
            open_client(base_url, key, limit_s, table) as client,
            client.stream("GET", path) as response,
        ):
            if response.status_code == 200:
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > _LONGEST:
                        break
            return response.status_code, bytes(body)
    except TimeoutError:
        raise UnreachableError(f"no answer within {limit_s:g} s") from None
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise UnreachableError(reason(error)) from error


def _start(one: ProbedServer) -> str:
    if one.base_url == ROUTER:
        return f"curl -I {ROUTER}/models"
    return f"start it, then: curl {one.address}/models"
