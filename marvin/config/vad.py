"""The table [vad], one class an engine."""

from typing import Annotated, Literal

from pydantic import Field

from marvin.config.engine_table import EngineTable


class VadConfig(EngineTable):
    """Any voice activity detector."""

    listens = True


class WebrtcVadConfig(VadConfig):
    """Voice activity by WebRTC's detector."""

    class_path = "marvin.vad.webrtc:WebrtcVoiceActivityDetector"
    runs = "C library in this process"

    engine: Literal["webrtc"] = "webrtc"
    """`webrtc`: WebRTC's voice activity detector."""
    aggressiveness: Annotated[int, Field(ge=0, le=3)] = 2
    """0 takes most sounds for speech, 3 the fewest."""
