"""Arguments of `marvin bench`."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.numeric import at_least


def add_bench(add: Adder) -> None:
    bench = add.command(
        "bench",
        "bench:bench",
        "Measure the latency of a turn on this machine, with your configuration.",
        "marvin bench --turns 10",
    )
    bench.add_argument(
        "--turns",
        type=at_least(1),
        default=5,
        metavar="N",
        help="turns of each kind (default: %(default)s)",
    )
    bench.add_argument(
        "--input",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="recordings of the wake word and a question, instead of a synthetic voice",
    )
    bench.add_argument("--json", action="store_true", help="print JSON, including every turn")
