"""Questions about recordings."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import one_line, shown_path, to_json
from marvin.cli.arguments.conversation import as_text
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.errors import MarvinError
from marvin.service.recording_questions import tell_about
from marvin.service.run import run_until_signalled

_WHAT = "What do you hear?"
_CAPTION = "Describe this recording in one sentence."
_SOUNDS = frozenset((".wav", ".mp3", ".flac", ".ogg", ".opus", ".aiff", ".aif", ".au", ".caf"))


@dataclass(slots=True)
class _Printer:
    """Prints sentences as they come; an answer ends when another begins, or with `end`."""

    named: bool
    """Whether each answer is about other files."""
    json: bool
    _about: Sequence[Path] = ()
    _sentences: tuple[str, ...] = ()

    def say(self, about: Sequence[Path], sentence: str) -> None:
        if about != self._about:
            self.end()
            self._about = about
            if self.named and not self.json:
                print(f"{', '.join(map(shown_path, about))}: ", end="")
        if not self.json:
            print(f"{' ' * bool(self._sentences)}{one_line(sentence)}", end="", flush=True)
        self._sentences += (sentence,)

    def end(self) -> None:
        if self._about:
            answer = " ".join(self._sentences)
            files = [shown_path(path) for path in self._about]
            print(to_json({"files": files, "answer": answer}) if self.json else "", flush=True)
        self._about, self._sentences = (), ()

    def fail(self, about: Sequence[Path], error: MarvinError) -> None:
        self.end()
        text = redact(str(error))
        if self.json:
            print(
                to_json({"files": [shown_path(path) for path in about], "error": text}), flush=True
            )
        print(f"marvin: {text}", file=sys.stderr, flush=True)


def listen(arguments: argparse.Namespace) -> int:
    files, question = split(arguments.files, arguments.ask)
    if arguments.caption and question is not None:
        raise MarvinError("--caption asks its own question: leave yours out")
    files = list(dict.fromkeys(files))
    config = load(arguments).config
    apart = arguments.apart or arguments.caption
    printer = _Printer(len(files) > 1, arguments.json)
    failed = False

    async def each() -> None:
        nonlocal failed
        asked = _CAPTION if arguments.caption else question or _WHAT
        told = tell_about(config, files, asked, apart=apart, most=int(arguments.caption))
        async with aclosing(told):
            async for about, said in told:
                if isinstance(said, str):
                    printer.say(about, said)
                    continue
                failed = True
                printer.fail(about, said)
                if arguments.stop:
                    break
        printer.end()

    run_until_signalled(each())
    return 1 if failed else 0


def split(given: Sequence[Path], asked: str | None) -> tuple[list[Path], str | None]:
    """Files and the question. Raises MarvinError."""
    *files, last = given
    text = str(last)
    # A mistyped name of a recording is no question.
    is_text = (" " in text or text.endswith("?")) and last.suffix.lower() not in _SOUNDS
    if asked is not None or not is_text or last.exists():
        return list(given), asked
    if not files:
        raise MarvinError(
            f"no recording to listen to, only the question {one_line(text)!r}: name one before it"
        )
    try:
        return files, as_text(text)
    except argparse.ArgumentTypeError as error:
        raise MarvinError(str(error)) from None
