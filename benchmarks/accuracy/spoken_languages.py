"""How often Whisper mistakes the language of a short command, and notices a change of language.

    python -m benchmarks.accuracy.spoken_languages --model FOLDER --data DIR [-v]

Each recording is heard after a sentence in its own language (a *flip* is a mistake) and after one
in each other language (a *change* is right), for several values of `detected_language.SURE`.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy.command_recordings import read
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import LANGUAGES
from marvin.stt.whisper.detected_language import LanguageChoice
from marvin.stt.whisper.whisper import WhisperTranscriber

FACTORS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
SHORT_WORDS = 3
FOLDERS = ("speech-en/ha_commands", "speech-en/cards", "speech-xx/fr_ha_commands")


@dataclass(frozen=True, slots=True)
class Detected:
    name: str
    words: int
    language: str
    probabilities: Mapping[str, float]

    def after(self, last: str, factor: float) -> str:
        return LanguageChoice(LANGUAGES, last).of(self.probabilities, factor)


def recordings(data: Path) -> Iterator[tuple[Path, str, str]]:
    """Each with its text and language."""
    with (data / "transcripts.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            path = data / row["file"]
            known = row["lang"] in LANGUAGES and path.is_file()
            if known and row["file"].startswith((*FOLDERS, "speech-xx/wyoming")):
                yield path, row["text"], row["lang"]


def measure(model: str, data: Path) -> list[Detected]:
    config = WhisperConfig(model=model, language="auto", grammar=False)
    network = WhisperTranscriber.load(config, Place("cpu", "float32", 1)).network
    found = []
    for path, text, language in recordings(data):
        encoded = network.encode(read(path)[: network.window], CancelToken())
        probabilities = network.language_probabilities(encoded)
        found.append(Detected(path.name, len(text.split()), language, probabilities))
    return found


def report(found: Sequence[Detected]) -> None:
    unrestricted = sum(LanguageChoice().of(one.probabilities) != one.language for one in found)
    print(f"{len(found)} recordings; among all languages {unrestricted} are mistaken")
    for factor in FACTORS:
        flips = [one for one in found if one.after(one.language, factor) != one.language]
        short = [one for one in found if one.words <= SHORT_WORDS]
        short_flips = sum(one in flips for one in short)
        changes = [
            one.after(last, factor) == one.language
            for one in found
            for last in LANGUAGES
            if last != one.language
        ]
        print(
            f"factor {factor:5.0f}: flips {len(flips)} of {len(found)}, of up to {SHORT_WORDS} "
            f"words {short_flips} of {len(short)}; changes noticed "
            f"{sum(changes) / len(changes):.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", required=True, help="folder of a multilingual Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print a line per clip")
    options = parser.parse_args()
    found = measure(options.model, options.data)
    report(found)
    for one in found if options.verbose else ():
        likely = sorted(one.probabilities.items(), key=lambda item: -item[1])[:3]
        shown = ", ".join(f"{code} {p:.2f}" for code, p in likely)
        print(f"{one.language} {one.name} | {shown}")


if __name__ == "__main__":
    main()
