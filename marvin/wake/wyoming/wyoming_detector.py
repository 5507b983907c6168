"""Wake word detection by a Wyoming server, such as wyoming-openwakeword."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from marvin.backends.wyoming.wyoming_connection import check_package
from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ, Detection
from marvin.wake.wyoming.wake_link import WakeLink

if TYPE_CHECKING:
    from marvin.config.wake import WyomingWakeConfig
    from marvin.events import Event
    from marvin.types import AudioChunk

_SCORE = 1.0
"""Servers send none."""


class WyomingWakeWordDetector:
    """Sends all audio to the server; what it detects arrives a little later."""

    near_miss: Detection | None = None

    def __init__(self, link: WakeLink, config: WyomingWakeConfig) -> None:
        self._link = link
        self._config = config
        self._position: int | None = None
        """End of the last chunk; None if a new stream is to begin."""
        self._began = 0
        self._armed_from = 0

    @classmethod
    def load(
        cls, config: WyomingWakeConfig, pronounce: Callable[[str], str] | None = None
    ) -> WyomingWakeWordDetector:
        """A server that does not answer is looked for; `report_to` says so.

        Raises:
            ModelLoadError: The package `wyoming` is missing, or the server does not know the word.
        """
        check_package("wake")
        link = WakeLink(config)
        if refusal := link.start():
            link.close()
            raise ModelLoadError(refusal)
        return cls(link, config)

    def report_to(self, report: Callable[[Event], None]) -> None:
        """`report` is called on another thread when the server is lost or back."""
        self._link.report_to(report)

    def set_speaking(self, speaking: bool) -> None:
        """The threshold is the server's."""

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        """A chunk that does not start where the last one ended begins a new stream."""
        begins = chunk.start != self._position
        if begins:
            self._began = chunk.start
        self._link.feed(chunk, begins=begins)
        self._position = chunk.end
        for timestamp in self._link.heard():
            at = self._sample(timestamp, chunk.end)
            if at >= max(self._began, self._armed_from):
                self._armed_from = at + round(self._config.refractory_s * RATE_HZ)
                # Some servers wait after a detection until they are asked again.
                self._position = None
                return Detection(self._config.label, _SCORE, at)
        return None

    def reset(self) -> None:
        self._position = None

    def close(self) -> None:
        self._link.close()

    def _sample(self, timestamp: object, now: int) -> int:
        """The position of a time in milliseconds; `now` if the server sends none, or nonsense."""
        if not isinstance(timestamp, int):
            return now
        at = timestamp * RATE_HZ // 1000
        return at if 0 <= at <= now else now
