"""Base class and value types of all tables in models.toml."""

from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError


def _checked(address: str) -> str:
    """Raises ValueError unless it is an HTTP URL."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("should begin with http:// or https:// and a server's name")
    return address


def _checked_wyoming(address: str) -> str:
    """Raises ValueError unless it is the address of a Wyoming server."""
    parts = urlsplit(address)
    if (
        parts.scheme != "tcp"
        or not parts.hostname
        or not parts.port
        or parts.path
        or "@" in address
    ):
        raise ValueError("should be an address like tcp://192.168.1.20:10300")
    return address


LONGEST_ROOM = 40
"""Characters of a room's name."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(gt=0.0, le=3600.0)]
Text = Annotated[str, StringConstraints(min_length=1)]
RoomName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_ROOM)]
Address = Annotated[str, AfterValidator(_checked)]
WyomingAddress = Annotated[str, AfterValidator(_checked_wyoming)]
Dtype = Literal["auto", "float32", "bfloat16", "float16", "int8"]


class Table(BaseModel):
    """A table of models.toml. Immutable; unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        """pydantic takes `true` for 1: `duck = true` would silence all other players."""
        assert info.field_name is not None
        kind = cls.model_fields[info.field_name].annotation
        kinds = get_args(kind) or (kind,)
        if isinstance(value, bool) and bool not in kinds and (int in kinds or float in kinds):
            raise PydanticCustomError("float_type", "a number")
        return value
