"""The table [wake], one class an engine."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

import marvin
from marvin.config.engine_table import CheckpointKey, EngineTable
from marvin.config.table import Fraction, Text


def _shipped(name: str) -> str:
    """The folder of a model in the package, or the name itself."""
    folder = Path(marvin.__file__).parent / "wake" / "models" / name
    return str(folder) if name.isidentifier() and folder.is_dir() else name


class WakeConfig(EngineTable):
    """Any wake word detector."""

    listens = True

    label: Text = "marvin"
    """The word that wakes."""


class AstConfig(WakeConfig):
    """Wake word by an Audio Spectrogram Transformer."""

    class_path = "marvin.wake.ast.ast_classifier:AstWakeWordDetector"
    checkpoints = (CheckpointKey(parameters=87_000_000, resolve=_shipped),)

    engine: Literal["ast"] = "ast"
    """`ast`: a checkpoint of transformers' ASTForAudioClassification."""
    model: Text = "marvin"
    """`marvin` (shipped), a folder, or a Hub id such as MIT/ast-finetuned-speech-commands-v2."""
    label: Text = "marvin"
    """The model's label that wakes."""
    threshold: Fraction = 0.5
    """Score from which the word counts as heard; higher wakes less often."""
    verify: bool = True
    """A second look by pocketsphinx, whose model knows real voices; `threshold` is then its."""
    candidate: Fraction = 0.1
    """Smoothed score of the first look from which there is a second one."""
    window_samples: Annotated[int, Field(ge=4_000, le=160_000)] = 19_200
    """Audio that the model sees at a time, at 16 kHz; 16000 for models of Speech Commands."""
    hop_samples: Annotated[int, Field(ge=160, le=32_000, multiple_of=160)] = 1_600
    """Step between two looks, at 16 kHz; smaller reacts sooner and costs more."""
    calm_hops: Annotated[int, Field(ge=1, le=10)] = 3
    """Hops from one look to the next while the score is next to nothing, half a window when the
    machine is busy; 1 never saves any."""
    own_network: bool = True
    """Compute the model by NumPy; transformers takes longer, and torch's memory."""
    smoothing: Annotated[int, Field(ge=1, le=50)] = 2
    """Looks in the moving average of the score."""
    patience: Annotated[int, Field(ge=1, le=50)] = 1
    """Looks in a row over the limit before the word counts."""
    refractory_s: Annotated[float, Field(ge=0.0, le=60.0)] = 1.5
    """No second detection for so long."""
    voice_hangover_s: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0
    """The model goes on looking for so long after the last voice; in silence it rests."""
    speaking_threshold: Fraction = 0.8
    """Threshold while Marvin itself speaks and may hear itself."""
