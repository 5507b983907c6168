"""Device, number format and threads of a model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Chosen for each model by `marvin placement`."""

    device: str = "cpu"
    """torch's name: `cpu`, `cuda:0`, `mps`, `xpu:0`."""
    dtype: str = "float32"
    """`float32`, `bfloat16`, `float16`, or `int8` for the linear layers on a CPU."""
    threads: int = 0
    """CPU threads per operation; 0 keeps torch's setting."""

    def __str__(self) -> str:
        return f"{self.device} {self.dtype}"


CPU = Place()
"""Works everywhere."""
