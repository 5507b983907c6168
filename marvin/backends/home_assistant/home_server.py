"""HTTP to Home Assistant: bounded, without redirects, with errors that name the key to change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from marvin.backends.remote.account import certificates, read_secret
from marvin.backends.remote.wording import SHOWN_IN_DEBUG, reason
from marvin.boundary.files import parse_json
from marvin.boundary.redaction import quotation, show_address
from marvin.errors import ConfigError, HomeAssistantError
from marvin.languages.translation import translatable

if TYPE_CHECKING:
    import httpx2

    from marvin.config.home_assistant import HomeAssistantConfig

_LOGGER = logging.getLogger(__name__)

SILENT = translatable("Home Assistant does not answer.")
REJECTS = translatable("Home Assistant rejects my access token.")
UNCLEAR = translatable("I do not understand what Home Assistant answers.")

_CONNECT_S = 3.0
_LONGEST = 256 * 1024
"""Bytes of an answer."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def read_token(config: HomeAssistantConfig) -> str:
    """From the environment; never part of a message. Raises ConfigError."""
    variable = config.token_env
    if not (variable.isidentifier() and variable.isupper()):
        # It may be the token itself, so it is not shown.
        raise ConfigError(
            "home_assistant.token_env: should be the name of an environment variable, such as "
            "HOME_ASSISTANT_TOKEN: put the token into that"
        )
    hint = "put a long-lived access token into it (in Home Assistant: your profile, Security)"
    return read_secret(variable, "home_assistant.token_env", "token", hint)


class HomeAssistantServer:
    """Asks one Home Assistant. Makes no request before the first call."""

    def __init__(self, config: HomeAssistantConfig) -> None:
        """Raises ConfigError: The address or the token is unusable."""
        parts = urlsplit(config.url or "")
        if parts.username is not None or parts.query or parts.fragment:
            raise ConfigError(
                "home_assistant.url contains more than an address: put the token into an "
                "environment variable and its name into home_assistant.token_env"
            )
        self.url = (config.url or "").rstrip("/").removesuffix("/api")
        self.token = read_token(config)
        self.variable = config.token_env
        self.timeout_s = config.timeout_s
        # Proxies cannot reach servers on this machine.
        self.trust_env = parts.hostname not in _LOOPBACK
        self.ssl = certificates() if parts.scheme == "https" else None

    @property
    def name(self) -> str:
        return f"the Home Assistant at {show_address(self.url)}"

    def rejected(self, why: str) -> str:
        """For an access token that it does not take."""
        return (
            f"home_assistant.token_env: {self.name} rejects the token in {self.variable} ({why}): "
            "create a new long-lived access token (in Home Assistant: your profile, Security) and "
            "put it into that variable"
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> object:
        """The JSON of the answer. Raises HomeAssistantError."""
        return await self._ask("POST", path, body)

    async def get(self, path: str) -> object:
        """The JSON of the answer. Raises HomeAssistantError."""
        return await self._ask("GET", path, None)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> object:
        import httpx2

        try:
            async with asyncio.timeout(self.timeout_s):
                kind, found = await self._answer(method, path, body)
        except TimeoutError:
            raise HomeAssistantError(
                f"home_assistant.timeout_s: {self.name} did not answer in {self.timeout_s:g} s: "
                "look at its log, or raise the limit",
                SILENT,
            ) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise HomeAssistantError(
                f"home_assistant.url: {self.name} cannot be reached ({reason(error)}): start it, "
                "or correct the address",
                SILENT,
            ) from None
        except (httpx2.TransportError, httpx2.DecodingError, httpx2.InvalidURL) as error:
            raise HomeAssistantError(
                f"home_assistant.url: {self.name} broke off ({type(error).__name__}): look at its "
                "log, or correct the address",
                SILENT,
            ) from None
        try:
            return parse_json(found)
        except ValueError:
            what = "a web page" if kind == "text/html" else "something else than JSON"
            raise HomeAssistantError(
                f"home_assistant.url: {self.name} answered with {what}: is that its address?",
                UNCLEAR,
            ) from None

    async def _answer(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[str, bytes]:
        """Media type and body of a good answer."""
        import httpx2

        client = httpx2.AsyncClient(
            # Making a context takes 30 ms, and http needs none.
            verify=self.ssl or False,
            headers={"Authorization": f"Bearer {self.token}"},
            # A redirect would send the token to an arbitrary host.
            follow_redirects=False,
            timeout=httpx2.Timeout(None, connect=_CONNECT_S),
            trust_env=self.trust_env,
        )
        async with client, client.stream(method, self.url + path, json=body) as response:
            found = bytearray()
            async for piece in response.aiter_bytes():
                found += piece
                if len(found) > _LONGEST:
                    raise HomeAssistantError(
                        f"home_assistant.url: the answer of {self.name} does not end: is that its "
                        "address?",
                        UNCLEAR,
                    )
            if response.status_code != 200:
                raise self._refused(response, bytes(found))
            kind: str = response.headers.get("content-type", "")
            return kind.partition(";")[0].strip().lower(), bytes(found)

    def _refused(self, response: httpx2.Response, body: bytes) -> HomeAssistantError:
        status = response.status_code
        where = response.headers.get("location", "")
        _LOGGER.debug("%s: %d %s %s", self.name, status, where, quotation(body, self.token))
        if status in (401, 403):
            return HomeAssistantError(self.rejected(str(status)), REJECTS)
        if 300 <= status < 400:
            text = f"{self.name} has moved ({status}): set its new address; {SHOWN_IN_DEBUG}"
        elif status == 404:
            text = f"{self.name} has no such address (404): is it a Home Assistant?"
        elif status == 400:
            text = f"{self.name} does not accept the request (400): check home_assistant.agent"
            return HomeAssistantError(text, UNCLEAR)
        else:
            text = f"{self.name} failed ({status}): look at its log; {SHOWN_IN_DEBUG}"
            return HomeAssistantError(f"home_assistant.url: {text}", SILENT)
        return HomeAssistantError(f"home_assistant.url: {text}", UNCLEAR)
