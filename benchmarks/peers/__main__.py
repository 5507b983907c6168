"""Compares Marvin with other programs, in one run on the same audio.

    python -m benchmarks.peers [whisper|length|listening|turn ...] [--repeats 9] [--threads 2]
                               [--json FILE] [--peers FOLDER] [--recordings FOLDER]

Creates full-size checkpoints with random weights (build/checkpoints/peers, 6 GB) and installs the
peers into their own environment, once; `turn` needs neither, but published weights. For the method
see docs/benchmarks.md.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.peers import length
from benchmarks.peers import listening_cost as listening
from benchmarks.peers import whisper_latency as whisper
from benchmarks.peers import whole_turn as turn
from benchmarks.peers.install import FOLDER
from benchmarks.peers.settings import Bench
from benchmarks.ratio_table import Row, print_table, write_json

PARTS = {
    "whisper": whisper.measure,
    "turn": turn.measure,
    "listening": listening.measure,
    "length": length.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)"
    )
    parser.add_argument(
        "--repeats", type=int, default=9, help="measurements of each (default: %(default)s)"
    )
    parser.add_argument(
        "--threads", type=int, default=2, help="threads per contender (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    parser.add_argument(
        "--peers", type=Path, default=FOLDER, help="peers' environment (default: %(default)s)"
    )
    parser.add_argument(
        "--recordings",
        type=Path,
        metavar="FOLDER",
        help="also measure listening on these recordings",
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}")
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
