"""Where a model computes, and with what numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A device and a number format. What `marvin placement` decides for each model."""

    device: str = "cpu"
    """As torch names it: `cpu`, `cuda:0`, `mps`, `xpu:0`."""
    dtype: str = "float32"
    """`float32`, `bfloat16`, `float16`, or `int8` for the linear layers on a CPU."""
    threads: int = 0
    """Threads of the CPU for one operation; 0 leaves them as they are."""

    def __str__(self) -> str:
        return f"{self.device} {self.dtype}"


CPU = Place()
"""Works everywhere."""
