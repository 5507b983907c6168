"""Marvin beside the programs that do the same, in one run on the same audio.

    python -m benchmarks.peers [whisper|length|listening|turn ...] [--repeats 9] [--threads 2]
                               [--json FILE] [--peers FOLDER] [--recordings FOLDER]

Makes full-size checkpoints of random weights (build/checkpoints/peers, 6 GB) and installs the peers
into an environment of their own, both once. What is compared, and how fairly: docs/benchmarks.md.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.peers import length
from benchmarks.peers import listening_cost as listening
from benchmarks.peers import whisper_latency as whisper
from benchmarks.peers import whole_turn as turn
from benchmarks.peers.bench import Bench
from benchmarks.peers.install import FOLDER
from benchmarks.ratio_table import Row, print_table, write_json

PARTS = {
    "whisper": whisper.measure,
    "turn": turn.measure,
    "listening": listening.measure,
    "length": length.measure,
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (all)")
    parser.add_argument("--repeats", type=int, default=9, help="of each (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="for everybody (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--peers", type=Path, default=FOLDER, help="environment (%(default)s)")
    parser.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="also listen to what is in it"
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(
            options.peers.absolute(), Path(folder), options.threads, options.repeats,
            options.recordings,
        )  # fmt: skip
        for part in options.parts or PARTS:
            print(f"{part} ...", file=sys.stderr, flush=True)
            rows += PARTS[part](bench)
            if options.json:
                write_json(rows, options.json)
    print_table(rows)


if __name__ == "__main__":
    main()
