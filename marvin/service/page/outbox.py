"""What a page is still to be sent, so that nothing waits for a page that reads slowly."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marvin.errors import ControlError
from marvin.service.control.requests import encoded

_MOST = 512
"""Messages that may wait: a reply of 4 s has 40, and a second's events are fewer."""
_SEND_S = 15.0
"""Time for the network to take one message."""


class Socket(Protocol):
    """A connected websocket."""

    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...


class Outbox:
    """A bounded queue of messages. It is the `Player` of a NetworkSpeaker."""

    def __init__(self) -> None:
        self._messages: deque[str | bytes] = deque()
        self._more = asyncio.Event()

    def tell(self, event: str, **fields: object) -> None:
        self.put({"event": event, **fields})

    def put(self, message: Mapping[str, object]) -> None:
        self._append(encoded(message).decode())

    def play(self, position: int, samples: NDArray[np.int16]) -> None:
        self._append(position.to_bytes(8, "little") + samples.astype("<i2").tobytes())

    def flush(self) -> None:
        # What has not been sent need not be.
        self._messages = deque(one for one in self._messages if isinstance(one, str))
        self.tell("flush")

    def set_volume(self, volume: float) -> None:
        self.tell("volume", volume=volume)

    async def send(self, socket: Socket) -> None:
        """Send everything, forever.

        Raises:
            ControlError: The page does not read.
        """
        while True:
            while self._messages:
                if len(self._messages) > _MOST:
                    raise ControlError("the page does not read what it is sent")
                message = self._messages.popleft()
                try:
                    async with asyncio.timeout(_SEND_S):
                        if isinstance(message, str):
                            await socket.send_text(message)
                        else:
                            await socket.send_bytes(message)
                except TimeoutError:
                    raise ControlError("the page does not read what it is sent") from None
            self._more.clear()
            await self._more.wait()

    def _append(self, message: str | bytes) -> None:
        # One more than the limit tells `send`; what would follow is not kept.
        if len(self._messages) <= _MOST:
            self._messages.append(message)
        self._more.set()
