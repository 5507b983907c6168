"""Dimensions and labels of an Audio Spectrogram Transformer, from its config.json."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(gt=0)]


class Architecture(BaseModel):
    """Defaults are those of transformers' ASTConfig; other keys are ignored."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    hidden_size: Count = 768
    """Width of a token."""
    num_hidden_layers: Count = 12
    num_attention_heads: Count = 12
    intermediate_size: Count = 3072
    """Width of the feed-forward layers."""
    hidden_act: Literal["gelu"] = "gelu"
    layer_norm_eps: float = 1e-12
    qkv_bias: bool = True
    patch_size: Count = 16
    """Frames, and mel bins, per patch."""
    time_stride: Count = 10
    """In frames."""
    frequency_stride: Count = 10
    """In mel bins."""
    max_length: Count = 1024
    """Frames per window."""
    num_mel_bins: Count = 128
    problem_type: str | None = None
    id2label: Annotated[dict[int, str], Field(min_length=1)] = {0: "LABEL_0", 1: "LABEL_1"}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.hidden_size % self.num_attention_heads:
            raise ValueError("hidden_size is not a multiple of num_attention_heads")
        if min(self.num_mel_bins, self.max_length) < self.patch_size:
            raise ValueError("a patch is larger than the window")
        if sorted(self.id2label) != list(range(len(self.id2label))):
            raise ValueError("id2label does not count from 0")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """In output order."""
        return tuple(self.id2label[index] for index in sorted(self.id2label))

    @property
    def multi_label(self) -> bool:
        """Labels are not mutually exclusive."""
        return len(self.id2label) == 1 or self.problem_type == "multi_label_classification"

    @property
    def patches(self) -> tuple[int, int]:
        """Number of patches along the mel bins, and along the frames."""
        return (
            (self.num_mel_bins - self.patch_size) // self.frequency_stride + 1,
            (self.max_length - self.patch_size) // self.time_stride + 1,
        )
