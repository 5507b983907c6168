"""A bounded queue of microphone audio that drops the oldest blocks first."""

from collections import deque

from marvin.types import Samples


class Backlog:
    """Mono blocks with their stream positions. Not thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._blocks: deque[tuple[int, Samples]] = deque()
        self.held = 0
        """Samples in the queue."""
        self.position = 0
        """Samples offered so far."""
        self.dropped = 0
        """Samples lost to overflow."""

    def __len__(self) -> int:
        return len(self._blocks)

    def offer(self, block: Samples) -> bool:
        """Append a block; returns whether older audio was dropped to make room."""
        self._blocks.append((self.position, block))
        self.position += len(block)
        self.held += len(block)
        full = False
        while self.held > self._limit and len(self._blocks) > 1:
            _, oldest = self._blocks.popleft()
            self.held -= len(oldest)
            self.dropped += len(oldest)
            full = True
        return full

    def take(self) -> tuple[int, Samples]:
        """Remove the oldest block; returns the position of its first sample, and the block."""
        position, block = self._blocks.popleft()
        self.held -= len(block)
        return position, block
