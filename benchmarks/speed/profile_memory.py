"""Memory of a profile, loaded and unloaded.

    python -m benchmarks.speed.profile_memory [embedded pi laptop]

The pipeline of `marvin run`, with full-size checkpoints of random weights (build/checkpoints), in a
separate process for each profile. `planned` is the memory planned by `marvin placement` for models
and libraries.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.speed.engine_costs import config_of
from marvin.config.tables import Config, SkillsConfig
from marvin.engines.engine_set import EngineSet
from marvin.engines.placement.plan import libraries_gb
from marvin.engines.workers.freed_memory import give_back, resident_mb

FOLDER = Path("build/checkpoints")
PROFILES = {
    "embedded": (),
    "laptop": ("whisper:base.en", "llm:smollm2-360m", "speecht5"),
}
"""The engines of each profile that are not embedded."""
IDLE_S = 20.0
"""Longer than loading takes, so that nothing is unloaded before everything is loaded."""


def config_with(names: tuple[str, ...], state: Path) -> Config:
    """The profile's configuration, with unloading of idle models."""
    config = Config(skills=SkillsConfig(state_dir=state))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names:
        made = config_of(name, "auto", FOLDER)
        stage = "llm" if name.startswith("llm") else "tts" if name == "speecht5" else "stt"
        table = getattr(made, stage).model_copy(update={"idle_unload_s": IDLE_S})
        config = config.model_copy(update={stage: table})
    return config


async def measure(name: str) -> dict[str, object]:
    """Memory of this process, in MB."""
    config = config_with(PROFILES[name], FOLDER / "state")
    give_back()
    line = EngineSet(config)
    placed = line.placements.values()
    planned_gb = libraries_gb([one.need for one in placed])
    planned_gb += sum(one.memory_gb for one in placed)
    async with line.running():
        loaded_mb = resident_mb()
        await asyncio.sleep(IDLE_S + 3.0)
        return {
            "profile": name,
            "planned_mb": 1000 * planned_gb,
            "loaded_mb": loaded_mb,
            "idle_mb": resident_mb(),
        }


def main(names: list[str]) -> None:
    """Measure each profile in a process and print the table."""
    table = Table(box=None, header_style="bold")
    for title in ("profile", "planned, MB", "loaded, MB", "unloaded, MB"):
        table.add_column(title)
    for name in names:
        out = subprocess.run(
            [sys.executable, "-m", "benchmarks.speed.profile_memory", "--one", name],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        ).stdout
        result = json.loads(out.splitlines()[-1])
        table.add_row(name, *(f"{result[key]:.0f}" for key in list(result)[1:]))
    Console().print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(asyncio.run(measure(sys.argv[2]))))
    else:
        parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
        parser.add_argument("profiles", nargs="*", metavar="PROFILE", help=", ".join(PROFILES))
        wanted = parser.parse_args().profiles
        if unknown := set(wanted) - set(PROFILES):
            parser.error(f"unknown profile {', '.join(sorted(unknown))}")
        main(wanted or list(PROFILES))
