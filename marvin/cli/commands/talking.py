"""`marvin run`, `say` and `ask`."""

import argparse
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from socket import gethostname, socket

from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction, choose_device
from marvin.audio.playback import Speaker
from marvin.audio.wavfile import WavSink, WavSource
from marvin.boundary.outflow import MOST_LINES, Outflow, lines_lost
from marvin.boundary.terminal import to_json
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.cli.commands.satellite import as_satellite
from marvin.cli.console import event_printer, json_printer
from marvin.config import Loaded
from marvin.config.engine_table import WyomingTable
from marvin.config.tables import AudioConfig, Config
from marvin.errors import AudioDeviceError, ConfigError, MarvinError, NoDaemonError
from marvin.events import Event
from marvin.log import in_journal, never_waiting
from marvin.mind.sentences import sentences
from marvin.protocols import AudioSink, AudioSource
from marvin.service.control import client
from marvin.service.control.claim import claimed
from marvin.service.daemon import Daemon
from marvin.service.one_shot import answer, speak
from marvin.service.run import run_until_signalled
from marvin.service.systemd.supervision import Supervision
from marvin.tts.languages import as_read

_LOGGER = logging.getLogger(__name__)

_RECORDING_PATIENCE = 10
"""Factor on the limits of the stages when a recording is read faster than real time: nobody waits,
and on a busy machine slow is not broken."""


def run(arguments: argparse.Namespace) -> int:
    loaded = _loaded(arguments)
    # A server needs time to hear the wake word, for which a faster recording would not wait.
    arguments.realtime |= isinstance(loaded.config.wake, WyomingTable)
    if arguments.input:
        loaded = replace(loaded, config=loaded.config.without_servers())
        loaded = loaded if arguments.realtime else _patient(loaded)
    lost = lost_in_json if arguments.json else lines_lost
    # A recording ends by itself, and none of it is dropped.
    most = None if arguments.input else MOST_LINES
    with (
        never_waiting(),
        Outflow(sys.stdout, most=most, lost=lost, warn=_LOGGER.warning) as shown,
        # A recording needs no microphone, so it may run beside the daemon.
        claimed() if arguments.input is None else nullcontext() as listening,
    ):
        run_until_signalled(_run(loaded, arguments, shown, listening))
    return 0


def _loaded(arguments: argparse.Namespace) -> Loaded:
    loaded = load(arguments)
    if not arguments.satellite:
        if arguments.name:
            raise ConfigError("--name is for --satellite; here, set serve.room in models.toml")
        return loaded
    return as_satellite(loaded, arguments.satellite, arguments.name or _machine())


def _machine() -> str:
    return gethostname().partition(".")[0]


def _patient(loaded: Loaded) -> Loaded:
    turn = loaded.config.turn
    limits = ("transcribe_s", "answer_s", "synthesis_s")
    longer = {limit: _RECORDING_PATIENCE * getattr(turn, limit) for limit in limits}
    config = loaded.config.model_copy(update={"turn": turn.model_copy(update=longer)})
    return replace(loaded, config=config)


async def _run(
    loaded: Loaded, arguments: argparse.Namespace, shown: Outflow, listening: socket | None
) -> None:
    if arguments.json:
        report = json_printer(shown.put)
    else:
        report = event_printer(shown.put, private=in_journal())
        for line in (loaded.why, *loaded.notices):
            shown.put(line)

    # Before any child process starts, which would inherit systemd's variables.
    told = Supervision.from_environment()
    tell = _Later(report)
    source = _source(loaded, arguments, tell, told.patience_s)
    async with _sink(loaded, arguments, tell, shown.put) as sink:
        daemon = Daemon(
            loaded,
            lambda: _loaded(arguments),
            source,
            sink,
            report,
            told,
            # Commands in a recording must not start or cancel real timers and alarms.
            keeps_agenda=arguments.input is None,
        )
        tell.to = daemon.tell
        await daemon.run(listening)


def lost_in_json(count: int) -> str:
    return to_json({"event": "events_lost", "count": count})


class _Later:
    """Forwards device events to a target that is set later."""

    def __init__(self, report: Callable[[Event], None]) -> None:
        self.to = report

    def __call__(self, event: Event) -> None:
        self.to(event)


def say(arguments: argparse.Namespace) -> int:
    text = _text(arguments, "say")
    loaded = load(arguments)

    async def say() -> None:
        if arguments.as_read:
            for sentence in sentences(text):
                print(as_read(sentence, loaded.config.tts), flush=True)
            return
        async with _sink(loaded, arguments) as sink:
            await speak(loaded.config, text, sink)

    run_until_signalled(say())
    return 0


def ask(arguments: argparse.Namespace) -> int:
    question = _text(arguments, "ask")
    loaded = load(arguments)
    told = _by_daemon(arguments, question)

    async def ask() -> None:
        text = told
        if text is None:
            text = await _print_answer(loaded.config, question)
        elif text:
            print(text, flush=True)
        if text and (arguments.speak or arguments.output):
            async with _sink(loaded, arguments) as sink:
                await speak(loaded.config, text, sink)

    run_until_signalled(ask())
    return 0


async def _print_answer(config: Config, question: str) -> str:
    """Print the answer sentence by sentence, and return it."""
    text = ""
    async for sentence in answer(config, question):
        print(f"{' ' * bool(text)}{sentence}", end="", flush=True)
        text = f"{text} {sentence}".strip()
    if text:
        print(flush=True)
    return text


def _text(arguments: argparse.Namespace, what: str) -> str:
    text = " ".join(arguments.text)
    if not text.strip():
        raise MarvinError(f"nothing to {what}")
    return text


def _by_daemon(arguments: argparse.Namespace, question: str) -> str | None:
    """The answer of the running Marvin, whose timers, volume and memory they are, unless another
    one is asked for; None: none runs."""
    if arguments.config is not None or arguments.profile is not None:
        return None
    try:
        return str(client.ask("ask", text=question)["text"])
    except NoDaemonError:
        return None


def _source(
    loaded: Loaded,
    arguments: argparse.Namespace,
    report: Callable[[Event], None],
    patience_s: float,
) -> AudioSource:
    audio = loaded.config.audio
    if arguments.input is None:
        # Before loading models, so that a missing microphone is reported at once.
        try:
            choose_device(audio.input, Direction.INPUT)
        except AudioDeviceError as error:
            raise AudioDeviceError(f"{error}, or use a recording: --input FILE") from error
        return Microphone(audio.input, audio.backlog_s, report=report, patience_s=patience_s)
    source = WavSource(arguments.input, realtime=arguments.realtime)
    source.check()
    return source


@asynccontextmanager
async def _sink(
    loaded: Loaded,
    arguments: argparse.Namespace,
    report: Callable[[Event], None] = lambda event: None,
    note: Callable[[str], None] = print,
) -> AsyncIterator[AudioSink]:
    """The speaker, a file, or both; closed at the end."""
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
                    raise AudioDeviceError(f"{error}, or write to a file: --output FILE") from error
                note(f"Written to {path} but not played: {error}")
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
