"""Announces the Wyoming server by zeroconf, so that Home Assistant finds it by itself."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from ipaddress import ip_address

_LOGGER = logging.getLogger(__name__)

KIND = "_wyoming._tcp.local."
_MULTICAST = "224.0.0.251"


@asynccontextmanager
async def announced(address: str, port: int) -> AsyncIterator[None]:
    """Announce a server at `address` while it runs, if that is possible."""
    if find_spec("zeroconf") is None:
        _LOGGER.warning(
            'serve.zeroconf has no effect: `pip install "marvin-voice[servers]"` or turn it off'
        )
        yield
        return
    from zeroconf import Error as ZeroconfError
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    name = f"marvin-{socket.gethostname().partition('.')[0]}"
    try:
        at = _reachable(address)
        # Not at all interfaces: to list those is forbidden in systemd's sandbox.
        zeroconf = AsyncZeroconf(interfaces=[at])
    except (OSError, RuntimeError, ZeroconfError) as error:
        # No network, or none that multicast works on.
        _LOGGER.warning("the Wyoming server is not announced: %s", error)
        yield
        return
    service = AsyncServiceInfo(
        KIND,
        f"{name}.{KIND}",
        addresses=[ip_address(at).packed],
        port=port,
        server=f"{name}.local.",
    )
    try:
        try:
            await zeroconf.async_register_service(service, allow_name_change=True)
        except (ZeroconfError, OSError) as error:
            # The name cannot be had, or the network has gone.
            _LOGGER.warning("the Wyoming server is not announced: %s", error)
        yield
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


def _reachable(address: str) -> str:
    """The machine's address on the network, for a server that listens at all of them. Raises
    OSError."""
    if ip_address(address).is_unspecified:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            # Sends nothing, but chooses the interface.
            probe.connect((_MULTICAST, 1))
            return str(probe.getsockname()[0])
    return address
