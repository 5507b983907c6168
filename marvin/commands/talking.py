"""The commands that hear, think or speak: run, say, ask, transcribe."""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from socket import socket

from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction, choose_device
from marvin.audio.playback import Speaker
from marvin.audio.wavfile import WavSink, WavSource
from marvin.commands.options import load
from marvin.config import Loaded
from marvin.config.tables import AudioConfig
from marvin.console import event_printer, json_printer
from marvin.control.claim import claimed
from marvin.daemon import Daemon
from marvin.errors import AudioDeviceError, MarvinError
from marvin.events import Event
from marvin.jobs import answer, run_until_signalled, speak
from marvin.jobs import transcribe as transcripts
from marvin.log import in_journal
from marvin.protocols import AudioSink, AudioSource
from marvin.systemd.supervision import Supervision
from marvin.types import Transcript


def run(arguments: argparse.Namespace) -> int:
    loaded = load(arguments)
    report: Callable[[Event], None]
    if arguments.json:
        report = json_printer()
    else:
        report = event_printer(private=in_journal())
        print(loaded.why, flush=True)

    # Before any child process starts: it would inherit what is systemd's.
    told = Supervision.from_environment()
    tell = _Later(report)

    async def listen(listening: socket | None) -> None:
        source = _source(loaded, arguments, tell, told.patience_s)
        async with _sink(loaded, arguments, tell) as sink:
            daemon = Daemon(loaded, lambda: load(arguments), source, sink, report, told)
            tell.to = daemon.tell
            await daemon.run(listening)

    # A recording needs no microphone: any number may run beside the daemon.
    with claimed() if arguments.input is None else nullcontext() as listening:
        run_until_signalled(listen(listening))
    return 0


class _Later:
    """Where devices report to, which are there before what they report to."""

    def __init__(self, report: Callable[[Event], None]) -> None:
        self.to = report

    def __call__(self, event: Event) -> None:
        self.to(event)


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
    if transcript.alternatives:
        fields["alternatives"] = list(transcript.alternatives)
    if transcript.words:
        fields["words"] = [
            {"text": word.text, "start_s": round(word.start_s, 3), "end_s": round(word.end_s, 3)}
            for word in transcript.words
        ]
    return fields


def _source(
    loaded: Loaded,
    arguments: argparse.Namespace,
    report: Callable[[Event], None],
    patience_s: float,
) -> AudioSource:
    audio = loaded.config.audio
    if arguments.input is None:
        # Before anything is loaded: whoever has no microphone learns it at once.
        choose_device(audio.input, Direction.INPUT)
        return Microphone(audio.input, audio.backlog_s, report=report, patience_s=patience_s)
    source = WavSource(arguments.input, realtime=arguments.realtime)
    source.check()
    return source


@asynccontextmanager
async def _sink(
    loaded: Loaded,
    arguments: argparse.Namespace,
    report: Callable[[Event], None] = lambda event: None,
) -> AsyncIterator[AudioSink]:
    """The speaker, or a file, or both; open, and closed in the end."""
    audio = loaded.config.audio
    path: Path | None = arguments.output
    with ExitStack() as opened:
        speaker: Speaker | None = None
        if path is None or arguments.play:
            try:
                speaker = _open_speaker(audio, report)
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


def _open_speaker(audio: AudioConfig, report: Callable[[Event], None]) -> Speaker:
    speaker = Speaker(audio.output, audio.volume, audio.latency_s, report=report)
    speaker.open()
    return speaker
