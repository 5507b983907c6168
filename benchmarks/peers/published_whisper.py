"""Marvin and other programs on a published Whisper: words, CPU time, text made up from noise.

    python -m benchmarks.peers.published_whisper --data DIR [--model openai/whisper-base]
        [--most 120] [--noise 80] [--only NAME ...] [--log FILE] [--json FILE] [--peers FOLDER] [-v]

Hears `--most` recordings of each source at most, then `--noise` recordings of noise and music.
Every program is a process with one thread; they take turns at each recording. Measurements are
appended to `--log` at once, and a run with the same log continues it; Ctrl-C prints the rest.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path

from benchmarks.accuracy.command_recordings import read
from benchmarks.accuracy.word_errors import LONGEST_S, source_of, spread
from benchmarks.peers.install import FOLDER
from benchmarks.peers.processes import Contender
from benchmarks.peers.published_words import MARVIN, NOISE, TRANSFORMERS, Hearing, report, rows
from benchmarks.peers.settings import Bench
from benchmarks.peers.spoken_audio import keep
from benchmarks.ratio_table import write_json
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.engines.placement.choice import place_engines
from marvin.errors import MarvinError
from marvin.hub.source import Source, locate
from marvin.types import RATE_HZ

Asked = Mapping[str, tuple[Contender, Mapping[str, object]]]
"""The contenders, and what each is asked besides the audio."""

_MULTILINGUAL = 51_865
"""Size of the vocabulary from which on a Whisper has several languages."""
SPEECH_ONLY = "faster-whisper int8, speech only"
NAMES = (
    TRANSFORMERS,
    *MARVIN.values(),
    "faster-whisper int8",
    "faster-whisper int8, its VAD",
    "faster-whisper float32",
    "faster-whisper float32, its VAD",
    "whisper.cpp float16",
    SPEECH_ONLY,
)


def clips(data: Path, most: int, noise: int) -> list[Hearing]:
    """What is to be heard: recordings with their text, then noise without."""
    said = [
        Hearing(str(one.path.relative_to(data)), source_of(one, data), one.text)
        for one in spread(data, most)
    ]
    paths = sorted(
        path for path in data.glob("noise/**/*") if path.suffix in {".wav", ".flac", ".ogg"}
    )
    chosen = paths[:: max(1, len(paths) // noise)][:noise] if noise else []
    return said + [Hearing(str(path.relative_to(data)), NOISE, "") for path in chosen]


def contenders(
    bench: Bench, stack: ExitStack, checkpoint: Path, names: Sequence[str], *, english_only: bool
) -> Asked:
    """The processes, and what to ask each of them."""
    ours = {"model": str(checkpoint), "usual": True}
    generate = {"num_beams": 1}
    if not english_only:
        generate |= {"language": "en", "task": "transcribe"}  # type: ignore[dict-item]
    asked: dict[str, tuple[Contender, Mapping[str, object]]] = {}
    if TRANSFORMERS in names:
        asked[TRANSFORMERS] = bench.course(stack), {**ours, "generate": generate}
    for dtype, name in MARVIN.items():
        if name in names:
            asked[name] = bench.marvin(stack, dtype), ours
    for form in ("int8", "float32"):
        name = f"faster-whisper {form}"
        ways: dict[str, Mapping[str, object]] = {
            name: {}, f"{name}, its VAD": {"vad": True}, f"{name}, speech only": {"what": "speech"},
        }  # fmt: skip
        wanted = {one: {**way, "usual": True} for one, way in ways.items() if one in names}
        if wanted:
            peer = bench.ctranslate2(stack, checkpoint, form)
            asked |= {one: (peer, way) for one, way in wanted.items()}
    if (cpp := "whisper.cpp float16") in names:
        asked[cpp] = bench.whisper_cpp(stack, checkpoint), {"usual": True}
    return {name: asked[name] for name in names}


def hear(bench: Bench, asked: Asked, clip: Hearing, data: Path) -> Hearing:
    """Ask each contender once."""
    samples = read(data / clip.file)[: LONGEST_S * RATE_HZ]
    audio = str(keep(bench.audio, "clip", samples))
    for name, (contender, request) in asked.items():
        answer = contender.ask(audio=audio, **request)
        clip.texts[name] = answer["text"].strip()
        clip.cpu_s[name] = answer["cpu_seconds"]
    return clip


def heard_before(log: Path | None, names: Sequence[str]) -> dict[str, Hearing]:
    """The recordings in the log that all of the contenders have heard."""
    if log is None or not log.exists():
        return {}
    found = [Hearing(**json.loads(line)) for line in log.read_text("utf-8").splitlines()]
    for one in found:
        # A run with other contenders may have written it.
        one.texts = {name: one.texts[name] for name in names if name in one.texts}
    return {one.file: one for one in found if len(one.texts) == len(names)}


def measure(
    bench: Bench, checkpoint: Path, data: Path, wanted: Sequence[Hearing], names: Sequence[str],
    log: Path | None,
) -> list[Hearing]:  # fmt: skip
    before = heard_before(log, names)
    done = [before[clip.file] for clip in wanted if clip.file in before]
    rest = [clip for clip in wanted if clip.file not in before]
    settings = json.loads((checkpoint / "config.json").read_text("utf-8"))
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        english_only = settings["vocab_size"] < _MULTILINGUAL
        asked = contenders(bench, stack, checkpoint, names, english_only=english_only)
        if rest:
            # Loads what is loaded on first use, and compiles.
            hear(bench, asked, Hearing(rest[0].file, "", ""), data)
        for number, clip in enumerate(rest, 1):
            done.append(hear(bench, asked, clip, data))
            if log:
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(clip)) + "\n")
            print(f"{number} of {len(rest)}", end="\r", file=sys.stderr, flush=True)
    return done


def placed(checkpoint: Path) -> str:
    """The number format that `auto` chooses on this machine."""
    config = Config(stt=WhisperConfig(model=str(checkpoint), device="cpu"))
    return place_engines(config)["stt"].place.dtype


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--model", default="openai/whisper-base", help="Hub id or folder")
    parser.add_argument("--most", type=int, default=120, help="recordings of a source")
    parser.add_argument("--noise", type=int, default=80, help="recordings of noise")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME")
    parser.add_argument("--log", type=Path, metavar="FILE", help="what has been measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the ratios to this file")
    parser.add_argument("--peers", type=Path, default=FOLDER, help="the peers' environment")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print differing texts")
    options = parser.parse_args()
    try:
        checkpoint = locate(Source("--model", options.model))
    except MarvinError as error:
        sys.exit(str(error))
    wanted = clips(options.data, options.most, options.noise)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.peers.absolute(), Path(folder), threads=1, repeats=1)
        names = [name for name in NAMES if name == TRANSFORMERS or name in options.only]
        done = measure(bench, checkpoint, options.data, wanted, names, options.log)
    dtype = placed(checkpoint)
    report(done, dtype, verbose=options.verbose)
    if options.json:
        write_json(rows(done, dtype), options.json)


if __name__ == "__main__":
    main()
