"""The table [serve]: servers through which other programs use Marvin."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marvin.config.table import RoomName, Table, Text


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where a server listens."""

    host: str
    port: int
    """0: any free one."""

    @classmethod
    def parse(cls, text: str, scheme: str) -> Self:
        """Raises ValueError."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            # A port out of range, or half of the brackets of IPv6.
            host = port = None
        if not host or port is None or text != f"{scheme}://{parts.netloc}":
            raise ValueError(f"should be an address like {scheme}://127.0.0.1:10400")
        return cls(host, port)

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


def http_address(text: str) -> ListenAddress:
    """`http://` may be left out. Raises ValueError."""
    return ListenAddress.parse(text if "://" in text else f"http://{text}", "http")


def _http_address(text: str) -> str:
    """Raises ValueError unless it is empty or an address of a web server."""
    try:
        if text:
            http_address(text)
    except ValueError:
        raise ValueError("should be an address like 127.0.0.1:8080") from None
    return text


def _variable(name: str) -> str:
    """Raises ValueError unless it is empty or the name of an environment variable."""
    if name and not (name.isidentifier() and name.isupper()):
        # Without the value, which may be the key itself.
        raise ValueError("should be the name of an environment variable, like MARVIN_HTTP_KEY")
    return name


class ServeConfig(Table):
    """Servers for other programs, in `marvin run` and `marvin serve` (docs/servers.md)."""

    wyoming: Annotated[str, AfterValidator(_listen_address)] = ""
    """Address for Home Assistant and other programs that speak Wyoming: `tcp://127.0.0.1:10400` for
    this machine only, `tcp://0.0.0.0:10400` for everybody on your network, who then needs no
    password; empty: none."""
    zeroconf: bool = True
    """Announce the Wyoming server on the network, so that Home Assistant finds it by itself."""
    http: Annotated[str, AfterValidator(_http_address)] = ""
    """Address for the page in the browser, for programs that use OpenAI's API, and for Prometheus:
    `127.0.0.1:8080` for this machine only; any other needs `http_key_env`; empty: none."""
    http_key_env: Annotated[str, AfterValidator(_variable)] = ""
    """Name of the environment variable with the API key that clients of `http` must send; empty:
    they need none."""
    http_hosts: tuple[Text, ...] = ()
    """More names by which clients of `http` reach this machine, such as that of a proxy."""
    room: RoomName = ""
    """Name of the room with this Marvin's own microphone and speaker, for announcements, such as
    `living room` (docs/rooms.md)."""
    same_call_s: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0
    """Wake words that are heard in several rooms within this time are one call, which the room that
    hears it most clearly answers; 0: every room answers."""
