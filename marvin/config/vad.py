"""The table [vad], one class per engine."""

from typing import Annotated, Literal

from pydantic import Field

from marvin.config.engine_table import EngineTable


class VadConfig(EngineTable):
    """Base class of all voice activity detectors."""

    listens = True


class WebrtcVadConfig(VadConfig):
    """Voice activity detection by WebRTC."""

    class_path = "marvin.vad.webrtc:WebrtcVoiceActivityDetector"
    runs = "C library in this process"

    engine: Literal["webrtc"] = "webrtc"
    """`webrtc`: WebRTC's voice activity detector."""
    aggressiveness: Annotated[int, Field(ge=0, le=3)] = 2
    """0 classifies the most sounds as speech, 3 the fewest."""
