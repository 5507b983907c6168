"""Whether Whisper writes the same tokens with drafts as without, in each dtype.

    python -m benchmarks.accuracy.draft_equality --model FOLDER --data DIR [--clips 60]
        [--variants NAME ...]

Recordings are decoded bit by bit, as they are while somebody speaks: each time from scratch, and
with the last result as the draft.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.accuracy.whisper_words import DTYPES, load
from benchmarks.accuracy.word_errors import Reading, readings
from marvin.cancellation import CancelToken
from marvin.stt.whisper.network import Decoded, WhisperNetwork
from marvin.types import RATE_HZ

EVERY_S = 0.7
"""Audio between two partial transcripts."""


def equal(network: WhisperNetwork, clip: Reading) -> Iterator[bool]:
    """Whether the tokens are the same, for each beginning of the recording and for all of it."""
    samples, step, token = clip.samples(), round(EVERY_S * RATE_HZ), CancelToken()
    draft: Decoded | None = None
    for end in [*range(step, len(samples), step), len(samples)]:
        encoded = network.encode(samples[:end], token)
        alone = network.decode(encoded, token, language="en")
        draft = network.decode(encoded, token, language="en", draft=draft)
        yield draft.tokens == alone.tokens


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint of a published Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--clips", type=int, default=60, help="number of recordings")
    parser.add_argument("--variants", nargs="+", default=list(DTYPES), choices=list(DTYPES))
    options = parser.parse_args()
    torch.set_num_threads(1)
    for dtype in options.variants:
        network, partials, finals = load(options.model, dtype).network, [], []
        for number, clip in enumerate(readings(options.data, options.clips), 1):
            *begun, final = equal(network, clip)
            partials += begun
            finals.append(final)
            print(
                f"{dtype}: after {number} recordings the same with drafts: {sum(partials)} of "
                f"{len(partials)} partial texts, {sum(finals)} of {len(finals)} final ones",
                flush=True,
            )


if __name__ == "__main__":
    main()
