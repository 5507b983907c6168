"""Memory of a listening Marvin by part, with the embedded profile.

    python -m benchmarks.speed.memory_parts

Loads the parts in sequence in one process, releasing memory needed only for loading. The last line
is the espeak-ng process.
"""

import os

# As in `marvin`, before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from importlib import import_module


def parts() -> Iterator[tuple[str, Callable[[], object]]]:
    """Names with functions that load a part and return what must be kept alive."""
    yield "numpy", lambda: import_module("numpy")
    yield "pydantic and models.toml", lambda: import_module("marvin.config")
    yield "Marvin's other code", lambda: import_module("marvin.cli.commands.talking")
    from marvin.backends.pretrained.place import CPU
    from marvin.config.tables import Config
    from marvin.engines import registry as app

    config = Config()
    yield "wake model", _wake_model
    yield "the ear's second look: acoustic model", lambda: app.load_ear(config)
    skillset = app.load_skillset(config)
    yield "skills: hassil, pint", lambda: skillset
    yield "recogniser", lambda: app.load_transcriber(config, skillset, CPU)
    yield "voice", lambda: app.load_synthesizer(config, CPU)
    yield "sound: PortAudio", lambda: import_module("sounddevice")


def _wake_model() -> object:
    from marvin.wake.ast.ast_checkpoint import load_checkpoint

    return load_checkpoint("marvin", "marvin")


def main() -> None:
    """Print a line per part, in MB."""
    from benchmarks.robustness.resources import child_pids, memory_mb
    from marvin.engines.workers.freed_memory import give_back, resident_mb

    before = resident_mb()
    print(f"{before:5.0f} MB  Python and its own libraries")
    kept = []
    for name, load in parts():
        kept.append(load())
        give_back()
        now = resident_mb()
        print(f"{now - before:5.0f} MB  {name}")
        before = now
    print(f"{before:5.0f} MB  total")
    for pid in child_pids():
        print(f"{memory_mb(pid) * 2**20 / 1e6:5.0f} MB  espeak-ng, a separate process")


if __name__ == "__main__":
    main()
