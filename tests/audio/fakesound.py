"""A fake sounddevice module: devices are scripted, streams are advanced by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class PortAudioError(Exception):
    """As in sounddevice."""


class Status:
    """Callback flags."""

    def __init__(self, input_overflow: bool = False, output_underflow: bool = False) -> None:
        self.input_overflow = input_overflow
        self.output_underflow = output_underflow


class Stream:
    """A stream on one of the devices."""

    latency = 0.0

    def __init__(self, owner: "FakeSound", options: dict[str, Any]) -> None:
        self._callback: Callable[..., None] = options["callback"]
        self._finished: Callable[[], None] = options["finished_callback"]
        self.options = options
        self.running = False
        self.closed = False
        owner.streams.append(self)

    def start(self) -> None:
        self.running = True

    def close(self) -> None:
        assert not self.closed, "PortAudio crashes"
        self.closed = True
        self.end()

    def end(self) -> None:
        """The device ends the stream."""
        if self.running:
            self.running = False
            self._finished()

    def record(self, block: NDArray[np.float32], overflow: bool = False) -> None:
        """Deliver recorded audio, shape (samples, channels)."""
        assert block.shape[1] == self.options["channels"]
        self._callback(block, len(block), None, Status(input_overflow=overflow))
        # PortAudio reuses its buffer.
        block[:] = np.nan

    def render(self, count: int, underflow: bool = False) -> NDArray[np.float32]:
        """Return what the device would play next."""
        out = np.full((count, self.options["channels"]), np.nan, np.float32)
        self._callback(out, count, None, Status(output_underflow=underflow))
        return out


def device(
    name: str, inputs: int = 0, outputs: int = 0, rate_hz: int = 48_000, hostapi: int = 0
) -> dict[str, Any]:
    return {
        "name": name,
        "hostapi": hostapi,
        "max_input_channels": inputs,
        "max_output_channels": outputs,
        "default_samplerate": float(rate_hz),
    }


class FakeSound:
    """Replaces the module."""

    PortAudioError = PortAudioError

    def __init__(
        self,
        devices: list[dict[str, Any]],
        default: tuple[int, int] = (-1, -1),
        opens: Callable[[int, int], bool] = lambda rate_hz, channels: True,
    ) -> None:
        self.room = devices
        """The connected devices; PortAudio sees changes only when it is initialised."""
        self._devices = list(devices)
        self._opens = opens
        self.default = self
        self.device = default
        self.streams: list[Stream] = []
        self.starts = 0
        """How often it was initialised again."""
        self.failing_starts = 0
        """How many of the next initialisations fail."""
        self.looked = 0
        """How often the devices were listed."""
        self._initialised = True

    def _terminate(self) -> None:
        self._check()
        self._initialised = False
        assert all(stream.closed for stream in self.streams), (
            "sounddevice would close them a second time"
        )

    def _initialize(self) -> None:
        assert not self._initialised
        if self.failing_starts:
            self.failing_starts -= 1
            raise PortAudioError("Error initializing PortAudio [PaErrorCode -9999]")
        self._initialised = True
        self._devices = list(self.room)
        self.starts += 1

    def _check(self) -> None:
        if not self._initialised:
            raise PortAudioError("PortAudio not initialized [PaErrorCode -10000]")

    def query_devices(self) -> list[dict[str, Any]]:
        self._check()
        self.looked += 1
        return self._devices

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "ALSA"}, {"name": "JACK"}]

    def InputStream(self, **options: Any) -> Stream:  # noqa: N802 (its name in sounddevice)
        self._check()
        if not self._opens(options["samplerate"], options["channels"]):
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")
        return Stream(self, options)

    OutputStream = InputStream
