"""The engine `ecapa`: embeds voices with SpeechBrain's ECAPA-TDNN, on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from marvin.backends.pretrained.threads import use_threads
from marvin.boundary.files import check_regular
from marvin.cancellation import CancelToken
from marvin.errors import ModelLoadError
from marvin.hub.source import Source, locate
from marvin.speaker_id.ecapa.ecapa_network import EcapaNetwork
from marvin.speaker_id.ecapa.filter_banks import BANDS, filter_banks
from marvin.types import Samples

if TYPE_CHECKING:
    from marvin.config.speaker_id import EcapaConfig

_WEIGHTS = "model.safetensors"


class EcapaEncoder:
    def __init__(self, network: EcapaNetwork, model: str) -> None:
        self._network = network
        self.model = model
        """Embeddings of different models cannot be compared."""

    @classmethod
    def load(cls, config: EcapaConfig) -> Self:
        """Raises ModelLoadError."""
        import torch

        # The transcription runs at the same time, and a user waits for that.
        use_threads(1)
        source = Source("speaker_id.model", config.model)
        folder = locate(source)
        try:
            check_regular(folder / _WEIGHTS)
            tensors = load_file(folder / _WEIGHTS)
            weights = {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}
            network = EcapaNetwork(weights)
        except (OSError, SafetensorError, KeyError) as error:
            raise _unfit(source, folder, str(error)) from error
        if network.bands != BANDS:
            raise _unfit(source, folder, f"it takes {network.bands} bands instead of {BANDS}")
        return cls(network, config.model)

    def embed(self, samples: Samples, token: CancelToken) -> Samples:
        """The voice in speech at RATE_HZ, as a vector of length 1. Raises Cancelled."""
        import torch

        token.check()
        embedding = self._network.embed(torch.from_numpy(filter_banks(samples))).numpy()
        return np.asarray(embedding / max(float(np.linalg.norm(embedding)), 1e-9))


def _unfit(source: Source, folder: Path, why: str) -> ModelLoadError:
    return ModelLoadError(
        f"{source}: {folder} does not hold an ECAPA-TDNN ({why}); `marvin models pull "
        f"{source.name}` fetches the published one again"
    )
