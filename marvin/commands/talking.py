"""The commands that hear, think or speak: run, say, ask, transcribe."""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction, choose_device
from marvin.audio.playback import Speaker
from marvin.audio.wavfile import WavSink, WavSource
from marvin.commands.options import load
from marvin.config import Loaded
from marvin.config.tables import AudioConfig
from marvin.console import event_printer, json_printer
from marvin.errors import AudioDeviceError, MarvinError
from marvin.events import Event
from marvin.jobs import answer, run_assistant, run_until_signalled, speak
from marvin.jobs import transcribe as transcripts
from marvin.log import in_journal
from marvin.protocols import AudioSink, AudioSource
from marvin.types import Transcript


def run(arguments: argparse.Namespace) -> int:
    loaded = load(arguments)
    report: Callable[[Event], None]
    if arguments.json:
        report = json_printer()
    else:
        report = event_printer(private=in_journal())
        print(loaded.why, flush=True)

    async def listen() -> None:
        source = _source(loaded, arguments)
        async with _sink(loaded, arguments) as sink:
            await run_assistant(loaded.config, source, sink, report)

    run_until_signalled(listen())
    return 0


def say(arguments: argparse.Namespace) -> int:
    loaded = load(arguments)

    async def say() -> None:
        async with _sink(loaded, arguments) as sink:
            await speak(loaded.config, " ".join(arguments.text), sink)

    run_until_signalled(say())
    return 0


def ask(arguments: argparse.Namespace) -> int:
    loaded = load(arguments)

    async def ask() -> None:
        sentences = []
        async for sentence in answer(loaded.config, " ".join(arguments.text)):
            print(sentence, end=" ", flush=True)
            sentences.append(sentence)
        print(flush=True)
        text = " ".join(sentences)
        if text and (arguments.speak or arguments.output):
            async with _sink(loaded, arguments) as sink:
                await speak(loaded.config, text, sink)

    run_until_signalled(ask())
    return 0


def transcribe(arguments: argparse.Namespace) -> int:
    loaded = load(arguments)
    failed = False

    async def each() -> None:
        nonlocal failed
        async for path, result in transcripts(loaded.config, arguments.files):
            if isinstance(result, MarvinError):
                failed = True
                print(f"marvin: {result}", file=sys.stderr, flush=True)
                if not arguments.json:
                    continue
            fields: dict[str, object] = {"file": str(path)}
            if isinstance(result, MarvinError):
                fields["error"] = str(result)
            else:
                fields |= _fields(result)
            print(
                json.dumps(fields, ensure_ascii=False) if arguments.json else fields["text"],
                flush=True,
            )

    run_until_signalled(each())
    return 1 if failed else 0


def _fields(transcript: Transcript) -> dict[str, object]:
    """For a program; with the words where `stt.word_times` asked for them."""
    fields: dict[str, object] = {
        "text": transcript.text,
        "confidence": round(transcript.confidence, 3),
        "language": transcript.language,
    }
    if transcript.words:
        fields["words"] = [
            {"text": word.text, "start_s": round(word.start_s, 3), "end_s": round(word.end_s, 3)}
            for word in transcript.words
        ]
    return fields


def _source(loaded: Loaded, arguments: argparse.Namespace) -> AudioSource:
    audio = loaded.config.audio
    if arguments.input is None:
        # Before anything is loaded: whoever has no microphone learns it at once.
        choose_device(audio.input, Direction.INPUT)
        return Microphone(audio.input, audio.backlog_s)
    source = WavSource(arguments.input, realtime=arguments.realtime)
    source.check()
    return source


@asynccontextmanager
async def _sink(loaded: Loaded, arguments: argparse.Namespace) -> AsyncIterator[AudioSink]:
    """The speaker, or a file, or both; open, and closed in the end."""
    audio = loaded.config.audio
    path: Path | None = arguments.output
    with ExitStack() as opened:
        speaker: Speaker | None = None
        if path is None or arguments.play:
            try:
                speaker = _open_speaker(audio)
                opened.callback(speaker.close)
            except AudioDeviceError as error:
                if path is None:
                    raise
                print(f"Not played, only written to {path}: {error}", flush=True)
        if path is not None:
            file = WavSink(path, getattr(arguments, "realtime", False), speaker)
            file.open()
            opened.callback(file.close)
            yield file
        elif speaker is not None:
            yield speaker


def _open_speaker(audio: AudioConfig) -> Speaker:
    speaker = Speaker(audio.output, audio.volume, audio.latency_s)
    speaker.open()
    return speaker
