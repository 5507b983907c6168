"""Announces the Wyoming server by zeroconf, so that Home Assistant finds it by itself."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from ipaddress import ip_address

_LOGGER = logging.getLogger(__name__)

KIND = "_wyoming._tcp.local."
_MULTICAST = "224.0.0.251"


@asynccontextmanager
async def announced(
    address: str, port: int, interfaces: Sequence[str] | None = None
) -> AsyncIterator[None]:
    """Announce a server while it runs, if that is possible. `interfaces` are the addresses from
    which that is done (default: all)."""
    if find_spec("zeroconf") is None:
        _LOGGER.warning(
            'serve.zeroconf has no effect: `pip install "marvin-voice[servers]"` or turn it off'
        )
        yield
        return
    from zeroconf import InterfaceChoice
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    name = f"marvin-{socket.gethostname().partition('.')[0]}"
    try:
        service = AsyncServiceInfo(
            KIND,
            f"{name}.{KIND}",
            addresses=[_reachable(address)],
            port=port,
            server=f"{name}.local.",
        )
        zeroconf = AsyncZeroconf(interfaces=list(interfaces or ()) or InterfaceChoice.All)
    except OSError as error:
        _LOGGER.warning("the Wyoming server is not announced: %s", error)
        yield
        return
    try:
        await zeroconf.async_register_service(service, allow_name_change=True)
        yield
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


def _reachable(address: str) -> bytes:
    """The machine's address on the network, for a server that listens at all of them. Raises
    OSError."""
    if ip_address(address).is_unspecified:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            # Sends nothing, but chooses the interface.
            probe.connect((_MULTICAST, 1))
            address = probe.getsockname()[0]
    return ip_address(address).packed
