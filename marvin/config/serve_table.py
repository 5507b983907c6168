"""The table [serve]: servers through which other programs use Marvin."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator

from marvin.config.table import Table


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where a server listens."""

    host: str
    port: int
    """0: any free one."""

    @classmethod
    def parse(cls, text: str, scheme: str) -> Self:
        """Raises ValueError."""
        parts = urlsplit(text)
        if parts.scheme != scheme or not parts.hostname or parts.port is None or parts.path:
            raise ValueError(f"should be an address like {scheme}://127.0.0.1:10400")
        return cls(parts.hostname, parts.port)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _listen_address(text: str) -> str:
    """Raises ValueError unless it is empty or a Wyoming address."""
    if text:
        ListenAddress.parse(text, "tcp")
    return text


class ServeConfig(Table):
    """Servers for other programs, in `marvin run` and `marvin serve` (docs/servers.md)."""

    wyoming: Annotated[str, AfterValidator(_listen_address)] = ""
    """Address for Home Assistant and other programs that speak Wyoming: `tcp://127.0.0.1:10400` for
    this machine only, `tcp://0.0.0.0:10400` for everybody on your network, who then needs no
    password; empty: none."""
    zeroconf: bool = True
    """Announce the Wyoming server on the network, so that Home Assistant finds it by itself."""
