"""Arguments of run, say, ask and transcribe."""

import argparse
from pathlib import Path
from urllib.parse import urlsplit

from marvin.cli.arguments.adding import Adder

PORT = 10400
"""Of `marvin serve --wyoming`."""
LONGEST_ROOM = 40
"""Characters of a room's name."""


def add_conversation(add: Adder) -> None:
    _add_run(add)
    _add_say(add)
    _add_ask(add)
    _add_transcribe(add)


def _add_run(add: Adder) -> None:
    run = add.command(
        "run",
        "talking:run",
        "Listen for the wake word and answer questions.",
        "marvin run --input question.wav --output reply.wav",
    )
    run.add_argument(
        "--input", type=Path, metavar="FILE", help="read a recording instead of the microphone"
    )
    _add_output(run)
    run.add_argument("--realtime", action="store_true", help="read the recording at its own speed")
    run.add_argument(
        "--satellite",
        type=server_url,
        metavar="HOST[:PORT]",
        help="hear only the wake word here; another Marvin (`marvin serve`) does the rest",
    )
    run.add_argument(
        "--name",
        type=room_name,
        metavar="ROOM",
        help="what the other Marvin calls this satellite's room (default: the machine's name)",
    )
    run.add_argument("--json", action="store_true", help="print events as JSON, one per line")


def _add_say(add: Adder) -> None:
    say = add.command("say", "control:say", "Speak a text.", 'marvin say "Dinner is ready."')
    say.add_argument("text", nargs="+", metavar="TEXT", type=as_text, help="text to speak")
    say.add_argument(
        "--as-read",
        action="store_true",
        help="print the text that the voice gets, one sentence per line, without speaking",
    )
    say.add_argument(
        "--room",
        type=room_name,
        metavar="ROOM",
        help="announce it in another room of the running Marvin, or everywhere",
    )
    _add_output(say)


def _add_ask(add: Adder) -> None:
    ask = add.command(
        "ask",
        "talking:ask",
        "Ask a question and print the answer.",
        'marvin ask "what is 6 times 7"',
    )
    ask.add_argument("text", nargs="+", metavar="TEXT", type=as_text, help="the question")
    ask.add_argument("--speak", action="store_true", help="also speak the answer")
    _add_output(ask)


def _add_transcribe(add: Adder) -> None:
    transcribe = add.command(
        "transcribe",
        "transcribing:transcribe",
        "Transcribe recordings, one line per file, or as subtitles.",
        "marvin transcribe --srt talk.mp3 > talk.srt",
    )
    transcribe.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings")
    form = transcribe.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON, one object per line")
    for name, what in (
        ("srt", "SubRip subtitles"),
        ("vtt", "WebVTT subtitles"),
        ("words", "each word after its start and end in seconds"),
    ):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, help=f"print {what}"
        )
    transcribe.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="write subtitles or words to a file per recording",
    )


def as_text(argument: str) -> str:
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{argument!a} is not UTF-8") from None
    return argument


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the speech to a file: .wav, .mp3, .flac, .ogg, ...",
    )
    command.add_argument(
        "--play", action="store_true", help="with --output: also play it, if there is a speaker"
    )


def room_name(text: str) -> str:
    """Raises ArgumentTypeError."""
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_ROOM or not name.isprintable():
        raise argparse.ArgumentTypeError(f"should be a name of up to {LONGEST_ROOM} characters")
    return name


def server_url(text: str) -> str:
    """The URL of `bigbox`, `bigbox:10400` or `tcp://bigbox:10400`. Raises ArgumentTypeError."""
    parts = urlsplit(text if "://" in text else f"tcp://{text}")
    try:
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, PORT
    if parts.scheme != "tcp" or not host or parts.path or "@" in text:
        raise argparse.ArgumentTypeError(f"{text!r} should be a name like bigbox, or bigbox:{PORT}")
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"
