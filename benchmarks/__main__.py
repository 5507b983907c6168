"""Runs all comparative benchmarks.

    python -m benchmarks [--data DIR] [--only start_up peers] [--no-install]

Each benchmark runs in a separate process, with its output in results/NAME.txt and its rows in
results/NAME.json; results/bench.json has all rows. Failures are reported with the reason. Takes
about 15 minutes, with recordings 15 more, and the first time a few more; Ctrl-C ends it with the
rows so far.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.ratio_table import ROOT, Row, print_table, read_json, write_json

RESULTS = ROOT / "benchmarks/results"
INSTALL_S = 900.0
STOPPED = "interrupted"
NO_DATA = "needs --data DIR, a folder of recordings"


_FOLDERS = {"peers": "peers", "published_whisper": "peers.published_whisper"}
"""Modules outside `speed`."""


@dataclass(frozen=True)
class Piece:
    """A benchmark module with an option `--json FILE`."""

    name: str
    limit_s: float
    """Time limit."""
    arguments: tuple[str, ...] = ()
    data: str = ""
    """The option that takes a folder of recordings."""
    needs_data: bool = False
    """Left out without one."""
    install: str = ""
    """A module that installs the alternatives into their own environment."""

    @property
    def module(self) -> str:
        return f"benchmarks.{_FOLDERS.get(self.name, f'speed.{self.name}')}"


PIECES = (
    Piece("start_up", 240, ("--times", "3")),
    Piece("skill_answer", 400, data="--data"),
    Piece("listening", 180, ("--minutes", "10"), data="--speech"),
    Piece("first_audio", 120),
    Piece("whisper_speed", 180),
    Piece("peers", 1500, ("--repeats", "3"), install="benchmarks.peers.install"),
    Piece(
        "published_whisper",
        1800,
        ("--most", "8", "--noise", "20"),
        data="--data",
        needs_data=True,
        install="benchmarks.peers.install",
    ),
)


def is_there(module: str) -> bool:
    """Whether the module exists in this checkout."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def run(command: Sequence[str], limit_s: float, log: Path) -> str:
    """Run a command with output to `log`; returns the error, or an empty string."""
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return f"took longer than {limit_s:.0f} s"
        finally:
            end(process)
    if code == 0:
        return ""
    lines = log.read_text(encoding="utf-8").strip().splitlines()
    return lines[-1].strip() if lines else f"exit code {code}"


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def measure(piece: Piece, data: Path | None) -> tuple[list[Row], str]:
    """Returns the rows, and the error if any."""
    if not is_there(piece.module):
        return [], f"{piece.module} is not in this checkout"
    if piece.needs_data and not data:
        return [], NO_DATA
    result = RESULTS / f"{piece.name}.json"
    result.unlink(missing_ok=True)
    more = [piece.data, str(data)] if data and piece.data else []
    wrong = run(
        [sys.executable, "-m", piece.module, "--json", str(result), *piece.arguments, *more],
        piece.limit_s,
        RESULTS / f"{piece.name}.txt",
    )
    rows = read_json(result) if result.exists() else []
    # There may be rows even after a timeout.
    return rows, wrong or ("" if rows else "it wrote no rows")


def install(modules: Sequence[str]) -> None:
    """Install the alternatives."""
    for module in dict.fromkeys(filter(is_there, filter(None, modules))):
        print(f"{module} ...", end=" ", flush=True)
        wrong = run([sys.executable, "-m", module], INSTALL_S, RESULTS / f"{module}.txt")
        print(wrong or "done", flush=True)


def main() -> int:
    names = [piece.name for piece in PIECES]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of recordings")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--no-install", action="store_true", help="skip the installation")
    arguments = parser.parse_args()
    chosen = [piece for piece in PIECES if piece.name in arguments.only]
    RESULTS.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    left_out = {piece.name: STOPPED for piece in chosen}
    # Otherwise the running benchmark would continue after us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    data = arguments.data.resolve() if arguments.data else None
    with suppress(KeyboardInterrupt):
        if not arguments.no_install:
            install([piece.install for piece in chosen])
        for piece in chosen:
            print(f"{piece.module} ...", end=" ", flush=True)
            began = time.monotonic()
            found, wrong = measure(piece, data)
            print(f"{len(found)} rows in {time.monotonic() - began:.0f} s", flush=True)
            rows += found
            left_out[piece.name] = wrong
    left_out = {name: wrong for name, wrong in left_out.items() if wrong}
    print()
    print_table(rows)
    for name, wrong in left_out.items():
        print(f"{'left out' if wrong == NO_DATA else 'failed'}: {name}: {wrong}")
    write_json(rows, RESULTS / "bench.json", left_out=left_out)
    print(f"written: {RESULTS.relative_to(ROOT)}/bench.json; more in the .txt files beside it")
    if STOPPED in left_out.values():
        return 130
    return 1 if set(left_out.values()) - {NO_DATA} else 0


if __name__ == "__main__":
    sys.exit(main())
