"""Arguments of listen."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.conversation import as_text


def add_listen(add: Adder) -> None:
    listen = add.command(
        "listen",
        "control:listen",
        "Start listening for a question, as if the wake word had been said; with recordings: ask a "
        "language model that hears about them.",
        'marvin listen kitchen.wav "what is happening here?"',
    )
    listen.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="recordings; the last may be the question, if it is no file and has a space or ends "
        "with a question mark",
    )
    listen.add_argument("--ask", type=as_text, metavar="QUESTION", help="the question")
    listen.add_argument(
        "--caption", action="store_true", help="describe each recording in one sentence"
    )
    listen.add_argument(
        "--apart", action="store_true", help="ask about each recording, not about all at once"
    )
    listen.add_argument(
        "--stop", action="store_true", help="stop at the first recording that cannot be read"
    )
    listen.add_argument("--json", action="store_true", help="print JSON, one object per answer")
