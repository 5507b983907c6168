"""Recorded commands with the names of a home, which the recogniser knows or does not know.

    python -m benchmarks.accuracy.commands_for_home --data DIR [--model FOLDER ...]

DIR has recordings in speech-en/ha_commands and speech-en/wyoming, and transcripts.tsv. Each FOLDER
has a Whisper model.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.accuracy.command_recordings import normal, read, spoken_texts
from marvin.backends.home_assistant.home_names import HomeNames
from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.stt import SphinxConfig, WhisperConfig
from marvin.config.tables import SkillsConfig
from marvin.skills.skillset import Skillset
from marvin.stt.sphinx.sphinx import SphinxTranscriber
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Patterns, Transcript, Utterance

NAMES = HomeNames(
    areas=("Office", "Kitchen", "Living room", "Bedroom"),
    things=("Bed light", "Ceiling lights", "Kitchen light", "Living room light"),
    lights=("Bed light", "Ceiling lights", "Kitchen light", "Living room light"),
    covers=("Garage door",),
    locks=("Front door", "Back door"),
    scenes=("Mood lighting", "Movie night"),
    sensors=("Outdoor humidity", "Temperature"),
)
"""Those of Home Assistant's demo home, with others."""
FOLDERS = ("ha_commands", "wyoming")


def engines(
    models: list[str], patterns: Patterns
) -> Iterator[tuple[str, SphinxTranscriber | WhisperTranscriber]]:
    yield "sphinx", SphinxTranscriber.load(SphinxConfig(), patterns)
    for model in models:
        config = WhisperConfig(model=model, language="en")
        yield Path(model).name, WhisperTranscriber.load(config, CPU, patterns=patterns)


def heard(path: Path, transcribe: Callable[[Utterance, CancelToken], Transcript]) -> Transcript:
    samples = read(path)
    return transcribe(
        Utterance(samples, 0, len(samples) / RATE_HZ, Endpoint.SILENCE), CancelToken()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", action="append", default=[])
    options = parser.parse_args()
    skillset = Skillset.load(SkillsConfig(), home=HomeNames())
    without = skillset.patterns()
    skillset.learn(NAMES)
    known = skillset.patterns()
    words = {word for name in NAMES.all() for word in name.lower().split()}
    clips = {
        path: text
        for path, text in spoken_texts(options.data).items()
        if path.parent.name in FOLDERS and words & set(text.split()) and path.exists()
    }
    for name, engine in engines(options.model, without):
        before = {path: heard(path, engine.transcribe) for path in clips}
        began = time.process_time()
        engine.learn([known])
        learned_s = time.process_time() - began
        after = {path: heard(path, engine.transcribe) for path in clips}
        for path, text in clips.items():
            print(f"  {text:42} {before[path].text!r:42} {after[path].text!r}")
        counts = [
            sum(normal(found[path].text) == text for path, text in clips.items())
            for found in (before, after)
        ]
        print(
            f"{name}: {counts[0]} of {len(clips)} right without the names, {counts[1]} with them; "
            f"learned in {learned_s:.2f} CPU seconds\n"
        )


if __name__ == "__main__":
    main()
