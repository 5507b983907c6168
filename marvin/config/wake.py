"""The table [wake], one class per engine."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

import marvin
from marvin.config.engine_table import CheckpointKey, EngineTable, WyomingTable
from marvin.config.table import Fraction, Seconds, Text, WyomingAddress

SHIPPED = ("marvin", "hey_marvin")
"""The shipped models."""


def shipped_or(name: str) -> str:
    """The folder of a shipped model, or `name` unchanged."""
    folder = Path(marvin.__file__).parent / "wake" / "models" / name
    return str(folder) if name in SHIPPED else name


class WakeConfig(EngineTable):
    """Base class of all wake word detectors."""

    listens = True

    label: Text = "marvin"
    """The wake word."""


class AstConfig(WakeConfig):
    """Wake word detection by an Audio Spectrogram Transformer."""

    class_path = "marvin.wake.ast.ast_classifier:AstWakeWordDetector"
    checkpoints = (CheckpointKey(parameters=87_000_000, resolve=shipped_or),)

    engine: Literal["ast"] = "ast"
    """`ast`: a checkpoint of transformers' ASTForAudioClassification."""
    model: Text = "marvin"
    """`marvin`, `hey_marvin` (shipped), a folder, a Hub id: MIT/ast-finetuned-speech-commands-v2"""
    label: Text = "marvin"
    """The label of the wake word in the model: `hey marvin` for `hey_marvin`."""
    threshold: Fraction = 0.5
    """Minimum score of a detection; higher values wake less often."""
    verify: bool = True
    """Verify detections with pocketsphinx, whose model was trained on real voices; `threshold` then
    applies to its score."""
    candidate: Fraction = 0.1
    """Minimum smoothed score of the model for which a detection is verified."""
    window_samples: Annotated[int, Field(ge=4_000, le=160_000)] = 19_200
    """Length of the model's input at 16 kHz; 16000 for models trained on Speech Commands."""
    hop_samples: Annotated[int, Field(ge=160, le=32_000, multiple_of=160)] = 1_600
    """Step between windows at 16 kHz; smaller values react sooner and use more CPU."""
    calm_hops: Annotated[int, Field(ge=1, le=10)] = 3
    """Hops between two runs of the model while the score is close to zero (half a window when the
    machine is busy); 1: run it at every hop."""
    own_network: bool = True
    """Run the model with NumPy; transformers is slower and needs the memory of torch."""
    smoothing: Annotated[int, Field(ge=1, le=50)] = 2
    """Number of scores in the moving average."""
    patience: Annotated[int, Field(ge=1, le=50)] = 1
    """Number of consecutive scores above the limit required for a detection."""
    refractory_s: Annotated[float, Field(ge=0.0, le=60.0)] = 1.5
    """Time after a detection in which there is no other."""
    voice_hangover_s: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0
    """The model keeps running for this long after the last voice activity, then pauses."""
    speaking_threshold: Fraction = 0.8
    """Threshold while Marvin is speaking and may hear itself."""


class WyomingWakeConfig(WyomingTable, WakeConfig):
    """Wake word detection by a Wyoming server, to which everything that is said is sent."""

    class_path = "marvin.wake.wyoming.wyoming_detector:WyomingWakeWordDetector"
    domain = "wake"
    # Nothing runs here.
    listens = False

    engine: Literal["wyoming"] = "wyoming"
    """`wyoming`: wyoming-openwakeword, wyoming-microwakeword, another Marvin."""
    url: WyomingAddress = "tcp://localhost:10400"
    """Address of the server."""
    label: Text = "hey jarvis"
    """The wake word, as it is said."""
    word: Text | None = None
    """Name of the wake word on the server, if it is not found by `label`."""
    timeout_s: Seconds = 5.0
    """The server counts as lost if it takes longer to answer, or to take audio."""
    refractory_s: Annotated[float, Field(ge=0.0, le=60.0)] = 1.5
    """Time after a detection in which there is no other."""
