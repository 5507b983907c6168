"""The table [vad], one class an engine."""

from typing import Annotated, Literal

from pydantic import Field

from marvin.config.table import Table


class WebrtcVadConfig(Table):
    """Voice activity by WebRTC's detector."""

    engine: Literal["webrtc"] = "webrtc"
    """`webrtc`: WebRTC's voice activity detector."""
    aggressiveness: Annotated[int, Field(ge=0, le=3)] = 2
    """0 takes most sounds for speech, 3 the fewest."""


VadConfig = Annotated[WebrtcVadConfig, Field(discriminator="engine")]
