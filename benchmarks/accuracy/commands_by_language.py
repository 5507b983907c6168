"""Home commands in another language, by free text and by the skills' sentences.

    python -m benchmarks.accuracy.commands_by_language --model FOLDER --data DIR [--language fr]
        [--noises N] [-v]

DIR has recordings of people in speech-xx/LANGUAGE_ha_commands, named by their words; `oov_*` are
outside of the commands in home_commands_LANGUAGE.toml. A command is *right* if a command of the
household matches it with the same slots as the words that were said. `--noises`
adds N recordings of noise and N of people who read English.
"""

from __future__ import annotations

import argparse
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.accuracy.command_recordings import LONGEST_S, read
from benchmarks.accuracy.grammar_clips import noises
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import SkillsConfig
from marvin.languages.translation import speaking_in
from marvin.skills.sentence_patterns import Slots
from marvin.skills.skillset import Skillset
from marvin.skills.text import canonical
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Samples, Transcript, Utterance

Meaning = tuple[str, int, Slots] | None


@dataclass(frozen=True, slots=True)
class HeardCommand:
    said: str | None
    """None: no command."""
    transcript: Transcript
    cpu_s: float


def household(language: str) -> Skillset:
    path = Path(__file__).with_name(f"home_commands_{language}.toml")
    config = SkillsConfig()
    if path.exists():
        text = path.read_text(encoding="utf-8")
        config = SkillsConfig.model_validate(tomllib.loads(text)["skills"])
    return Skillset.load(config, languages=(language,))


def meaning(skillset: Skillset, text: str) -> Meaning:
    """None if no skill would do anything: a refusal harms nobody."""
    found = skillset.explain(text)
    if found is None or found[0].phrases[found[1]].tentative:
        return None
    return found[0].name, found[1], found[2].slots


def hear(transcriber: WhisperTranscriber, samples: Samples) -> tuple[Transcript, float]:
    utterance = Utterance(samples, 0, len(samples) / RATE_HZ, Endpoint.SILENCE)
    began = time.process_time()
    transcript = transcriber.transcribe(utterance, CancelToken())
    return transcript, time.process_time() - began


def clips(data: Path, language: str, count: int) -> Iterator[tuple[str | None, Samples]]:
    """Each with the words of a command, if it is one."""
    for path in sorted((data / "speech-xx" / f"{language}_ha_commands").glob("*.wav")):
        yield None if path.stem.startswith("oov") else path.stem, read(path)
    for half in ("report", "tune"):
        for _, samples in islice(noises(data, half), count // 2):
            yield None, samples
    readers = sorted((data / "speech-en" / "librispeech_test_other").rglob("*.flac"))
    for path in readers[:count]:
        yield None, read(path)[: LONGEST_S * RATE_HZ]


def report(name: str, skillset: Skillset, language: str, heard: Sequence[HeardCommand]) -> None:
    commands = [one for one in heard if one.said is not None]
    with speaking_in(language):
        exact = sum(canonical(one.transcript.text) == canonical(one.said or "") for one in commands)
    meanings = [
        (meaning(skillset, one.said or ""), meaning(skillset, one.transcript.text))
        for one in commands
    ]
    right = sum(wanted == got is not None for wanted, got in meanings)
    wrong = sum(got is not None and wanted != got for wanted, got in meanings)
    others = [one for one in heard if one.said is None]
    taken = sum(meaning(skillset, one.transcript.text) is not None for one in others)
    words = sum(bool(one.transcript.text) for one in others)
    cpu_s = sum(one.cpu_s for one in heard) / len(heard)
    print(
        f"{name:10} {len(commands)} commands: same words {exact}, right {right}, wrong {wrong}; "
        f"{len(others)} others: any words {words}, taken {taken}; CPU {cpu_s:.2f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", required=True, help="folder of a multilingual Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--language", default="fr", help="code; only fr has recordings")
    parser.add_argument("--noises", type=int, default=0, help="other recordings of each kind")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print a line per clip")
    options = parser.parse_args()
    skillset = household(options.language)
    for name, grammar in (("free text", False), ("sentences", True)):
        config = WhisperConfig(model=options.model, language=options.language, grammar=grammar)
        transcriber = WhisperTranscriber.load(
            config, Place("cpu", "float32", 1), patterns=skillset.patterns()
        )
        transcriber.warm()
        heard = [
            HeardCommand(said, *hear(transcriber, samples))
            for said, samples in clips(options.data, options.language, options.noises)
        ]
        report(name, skillset, options.language, heard)
        for one in heard if options.verbose else ():
            wanted = meaning(skillset, one.said) if one.said else None
            mark = "right" if wanted == meaning(skillset, one.transcript.text) else "wrong"
            print(f"  {mark} {one.said} | {one.transcript.text}")


if __name__ == "__main__":
    main()
