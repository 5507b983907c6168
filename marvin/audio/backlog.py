"""Microphone audio between the callback and who listens: bounded, the oldest is lost first."""

from collections import deque

from marvin.types import Samples


class Backlog:
    """Mono blocks with their positions. Lives on one thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._blocks: deque[tuple[int, Samples]] = deque()
        self.held = 0
        """Samples that wait."""
        self.position = 0
        """Samples that were ever offered."""
        self.dropped = 0
        """Samples that were lost because nobody took them in time."""

    def __len__(self) -> int:
        return len(self._blocks)

    def offer(self, block: Samples) -> bool:
        """Take a block. True when older audio had to go for it."""
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
        """The oldest block and the position of its first sample."""
        position, block = self._blocks.popleft()
        self.held -= len(block)
        return position, block
