"""Plays clips in rooms: simulated ones, or measured impulse responses.

The simulated rooms are none of those that `wake train` simulates: these have walls, where a voice
is reflected, and those are random decaying noise. Image sources: J. B. Allen and D. A. Berkley,
Image method for efficiently simulating small-room acoustics (J. Acoust. Soc. Am. 65, 1979).
"""

from collections.abc import Iterator
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marvin.errors import AudioFileError
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train.audio_files import read_file

SIMULATED = 16
"""Number of simulated rooms."""

_SOUND_M_S = 343.0
_SMALLEST_M, _LARGEST_M = (2.8, 2.5, 2.3), (8.0, 6.0, 3.2)
_FROM_WALL_M, _SHELF_M = 0.4, 0.05
"""Minimum distances of the talker and the microphone from the walls."""
_DECAY_S = (0.25, 0.8)
"""Reverberation times (60 dB) of furnished rooms."""
_NEAREST_M = 1.0
"""Minimum distance between the talker and the microphone."""
_LONGEST_S = 0.6
"""Later reflections are too faint to matter."""
_JITTER_M = 0.08
"""Real walls are not perfect: without it, the images of a box sound like a sweep (E. De Sena et
al., On the modeling of rectangular geometries in room acoustic simulations, 2015)."""
_LONGEST_RESPONSE_S = 20.0
_KEPT_S = 2.0
"""Length of a measured response after the direct sound."""
_BEFORE_SAMPLES = 8
"""Samples kept before the peak of a measured response."""
_EARLY_S = 0.05


def simulated_rooms(seed: int) -> list[Samples]:
    """Impulse responses of SIMULATED random rooms, of energy 1, from the direct sound on."""
    rng = np.random.default_rng(seed)
    return [_simulated(rng) for _ in range(SIMULATED)]


def measured_room(path: Path) -> Samples:
    """A recorded impulse response of energy 1, from the direct sound on; the first channel.

    Raises:
        AudioFileError: It cannot be read, is empty or silent, or is too long.
    """
    response = read_file(path, first_channel=True)
    if not len(response):
        raise AudioFileError(f"{path} contains no audio")
    if len(response) > _LONGEST_RESPONSE_S * RATE_HZ:
        raise AudioFileError(
            f"{path} is longer than {_LONGEST_RESPONSE_S:g} s, too long for an impulse response"
        )
    energy = np.square(response, dtype=np.float64)
    if not energy.any():
        raise AudioFileError(f"{path} is silent, so it is no impulse response")
    first = max(0, int(energy.argmax()) - _BEFORE_SAMPLES)
    return _unit(response[first : first + round(_KEPT_S * RATE_HZ)])


def clarity_db(room: Samples) -> float:
    """C50: how far the first 50 ms are above the rest, in dB."""
    energy = np.square(room, dtype=np.float64)
    early = round(_EARLY_S * RATE_HZ)
    return float(10 * np.log10(energy[:early].sum() / max(energy[early:].sum(), 1e-9)))


def _simulated(rng: np.random.Generator) -> Samples:
    size = rng.uniform(_SMALLEST_M, _LARGEST_M)
    talker, microphone = _places(rng, size)
    decay_s = float(rng.uniform(*_DECAY_S))
    walls = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    # Eyring's formula; the sign keeps low frequencies from piling up (E. A. Lehmann and A. M.
    # Johansson, J. Acoust. Soc. Am. 124, 2008).
    eyring = 24 * log(10) / _SOUND_M_S * size.prod() / (walls * decay_s)
    reflection = -float(np.exp(-eyring / 2))
    response = np.zeros(round(_LONGEST_S * RATE_HZ))
    direct_m = float(np.linalg.norm(talker - microphone))
    for along_m, order in _images(size, talker, microphone, direct_m + _SOUND_M_S * _LONGEST_S):
        distance_m = along_m + np.where(order > 0, rng.uniform(0, _JITTER_M, len(order)), 0.0)
        at = np.rint((distance_m - direct_m) / _SOUND_M_S * RATE_HZ).astype(np.int64)
        heard = (at >= 0) & (at < len(response))
        gains = reflection ** order[heard] / distance_m[heard]
        response += np.bincount(at[heard], gains, len(response))
    return _unit(response)


def _places(
    rng: np.random.Generator, size: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the talker and the microphone are."""
    while True:
        talker = rng.uniform(_FROM_WALL_M, size - _FROM_WALL_M)
        microphone = rng.uniform(_SHELF_M, size - _SHELF_M)
        if np.linalg.norm(talker - microphone) >= _NEAREST_M:
            return talker, microphone


def _images(
    size: NDArray[np.float64],
    talker: NDArray[np.float64],
    microphone: NDArray[np.float64],
    furthest_m: float,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Distances of the talker's images, and the number of reflections of each."""
    axes = []
    for length, source, ear in zip(size, talker, microphone, strict=True):
        count = int(furthest_m / (2 * length)) + 1
        boxes = np.arange(-count, count + 1)
        offsets = np.concatenate((2 * boxes * length + source, 2 * boxes * length - source)) - ear
        orders = np.concatenate((np.abs(2 * boxes), np.abs(2 * boxes - 1)))
        near = np.abs(offsets) <= furthest_m
        axes.append((offsets[near] ** 2, orders[near]))
    (across, across_order), (up, up_order) = axes[1:]
    plane = np.add.outer(across, up).ravel()
    plane_order = np.add.outer(across_order, up_order).ravel()
    for squared, order in zip(*axes[0], strict=True):
        near = plane <= furthest_m**2 - squared
        yield np.sqrt(squared + plane[near]), order + plane_order[near]


def _unit(response: NDArray[np.floating]) -> Samples:
    return np.asarray(response / np.sqrt(np.square(response, dtype=np.float64).sum()), np.float32)
