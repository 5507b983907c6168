"""Time and memory of the transformers engines, by number format.

    python -m benchmarks.speed.engines [--threads 2] [--only whisper,tts] [--json FILE]

Each engine runs in a separate process with full-size checkpoints of random weights, which are
created once (build/checkpoints, 6 GB). `planned` is the memory planned by `marvin placement`,
`used` the growth of the process, and `left` the part still allocated after unloading.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

FOLDER = Path("build/checkpoints")
CPU_TYPES = ("float32", "bfloat16", "int8")
ENGINES: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "whisper": (["whisper:tiny.en", "whisper:base.en", "whisper:small.en"], CPU_TYPES),
    "moonshine": (["moonshine:tiny"], CPU_TYPES),
    "llm": (["llm:smollm2-360m"], CPU_TYPES),
    "speecht5": (["speecht5"], CPU_TYPES),
    "mms": (["mms"], ("float32",)),
    "bark": (["bark"], ("float32", "bfloat16")),
}
COLUMNS = {
    "load_s": ("load", "s"),
    "encode_s": ("encode", "ms"),
    "token_s": ("token", "ms"),
    "first_token_s": ("first token", "ms"),
    "first_audio_s": ("first audio", "ms"),
    "work_s_per_audio_s": ("work / audio", ""),
    "planned_mb": ("planned", "MB"),
    "used_mb": ("used", "MB"),
    "left_mb": ("left", "MB"),
}


def measure(name: str, dtype: str, threads: int) -> dict[str, object]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.speed.engine_costs", name, dtype, str(threads)]
    out = subprocess.run(
        [*command, str(FOLDER)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"},
    ).stdout
    result: dict[str, object] = json.loads(out.splitlines()[-1])
    return result


def shown(results: Sequence[Mapping[str, object]]) -> Table:
    """One row per engine and number format."""
    table = Table(box=None, header_style="bold")
    table.add_column("engine")
    table.add_column("dtype")
    for title, unit in COLUMNS.values():
        table.add_column(f"{title}{f', {unit}' if unit else ''}", justify="right")
    for result in results:
        cells = []
        for key, (_, unit) in COLUMNS.items():
            value = result.get(key)
            if not isinstance(value, float):
                cells.append("")
            elif unit == "ms":
                cells.append(f"{1000 * value:.0f}")
            else:
                cells.append(f"{value:.0f}" if unit == "MB" else f"{value:.2f}")
        table.add_row(str(result["name"]), str(result["dtype"]), *cells)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default=",".join(ENGINES), help="engines (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    results = []
    for kind in options.only.split(","):
        names, dtypes = ENGINES[kind]
        for name in names:
            for dtype in dtypes:
                print(f"{name} {dtype} ...", file=sys.stderr, flush=True)
                results.append(measure(name, dtype, options.threads))
                if options.json:
                    options.json.write_text(json.dumps(results, indent=1))
    Console(width=150).print(shown(results))


if __name__ == "__main__":
    main()
