"""Commands that hear, answer and speak."""

import argparse
from pathlib import Path

from marvin.cli.arguments.adding import Adder


def add_conversation(add: Adder) -> None:
    run = add.command(
        "run",
        "talking:run",
        "Listen for the wake word, answer questions.",
        "marvin run --input question.wav --output reply.wav",
    )
    run.add_argument("--input", type=Path, metavar="FILE", help="hear a recording, not the room")
    _add_output(run)
    run.add_argument(
        "--realtime", action="store_true", help="play files in real time, as a room would"
    )
    run.add_argument("--json", action="store_true", help="print events as lines of JSON")

    say = add.command("say", "control:say", "Say something.", 'marvin say "Dinner is ready."')
    say.add_argument("text", nargs="+", metavar="TEXT", type=_text, help="what to say")
    say.add_argument(
        "--as-read",
        action="store_true",
        help="print what the voice is given, a sentence a line, and make no sound",
    )
    _add_output(say)

    ask = add.command(
        "ask", "talking:ask", "Type a question, read the answer.", 'marvin ask "what is 6 times 7"'
    )
    ask.add_argument("text", nargs="+", metavar="TEXT", type=_text, help="the question")
    ask.add_argument("--speak", action="store_true", help="say the answer, too")
    _add_output(ask)

    transcribe = add.command(
        "transcribe",
        "talking:transcribe",
        "Write down what recordings say, a line for each file.",
        "marvin transcribe --json *.wav",
    )
    transcribe.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings")
    transcribe.add_argument("--json", action="store_true", help="a line of JSON a file")


def _text(argument: str) -> str:
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
        help="write what is said to a file: .wav, .mp3, .flac, .ogg, ...",
    )
    command.add_argument(
        "--play", action="store_true", help="with --output: play it, too, where there is a speaker"
    )
