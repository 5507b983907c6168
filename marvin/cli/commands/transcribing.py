"""`marvin transcribe`."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import shown_path, to_json
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.config.tables import Config
from marvin.errors import MarvinError
from marvin.service.one_shot import transcribe as transcripts
from marvin.service.one_shot import transcribed_parts
from marvin.service.run import run_until_signalled
from marvin.service.subtitles import VTT, TranscribedPart, srt_cue, vtt_cue
from marvin.types import Transcript


def transcribe(arguments: argparse.Namespace) -> int:
    if arguments.form:
        return _with_times(arguments)
    if arguments.output:
        raise MarvinError("--output needs --srt, --vtt or --words")
    loaded = load(arguments)
    failed = False

    async def each() -> None:
        nonlocal failed
        async for path, result in transcripts(loaded.config, arguments.files):
            if isinstance(result, MarvinError):
                failed = True
                _print_error(result)
                if not arguments.json:
                    continue
            name = shown_path(path)
            fields: dict[str, object] = {"file": name}
            if isinstance(result, MarvinError):
                fields["error"] = redact(str(result))
            else:
                fields |= _fields(result)
            named = f"{name}: " if len(arguments.files) > 1 else ""
            print(
                to_json(fields) if arguments.json else f"{named}{fields['text']}",
                flush=True,
            )

    run_until_signalled(each())
    return 1 if failed else 0


def _with_times(arguments: argparse.Namespace) -> int:
    """What is written is complete after each part, so that Ctrl-C loses nothing."""
    config = load(arguments).config
    if arguments.form == "words":
        config = _with_word_times(config)
    recordings = list(dict.fromkeys(arguments.files))
    files = _files(recordings, arguments)
    failed = False

    async def each(opened: ExitStack) -> None:
        nonlocal failed
        written: dict[Path, _TimedText] = {}
        async for path, part in transcribed_parts(config, recordings):
            if isinstance(part, MarvinError):
                failed = True
                _print_error(part)
                continue
            if path not in written:
                file = opened.enter_context(_opened(files[path])) if files else None
                written[path] = _TimedText(arguments.form, file)
            written[path].add(part)

    with ExitStack() as opened:
        run_until_signalled(each(opened))
    return 1 if failed else 0


def _files(recordings: Sequence[Path], arguments: argparse.Namespace) -> dict[Path, Path]:
    """What is written for each recording; nothing if it is printed. Raises MarvinError: It would
    replace something."""
    folder = arguments.output
    if folder is None:
        if len(recordings) > 1:
            raise MarvinError("several recordings: name a folder for their files: --output FOLDER")
        return {}
    files = {path: folder / f"{path.stem}.{arguments.form}" for path in recordings}
    for path, file in files.items():
        if os.path.lexists(file):
            raise MarvinError(f"{file} exists: delete it, or name another folder")
        if other := next((one for one in files if files[one] == file and one != path), None):
            raise MarvinError(f"{other} and {path} would both be {file.name}: rename one")
    # Before the recogniser is loaded: it takes no time to find it wrong.
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MarvinError(f"{folder} cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MarvinError(f"{folder} cannot be written: name another folder")
    return files


def _opened(path: Path) -> TextIO:
    try:
        return path.open("x", encoding="utf-8")
    except OSError as error:
        raise MarvinError(f"{path} cannot be written: {error.strerror}") from error


class _TimedText:
    """One recording in the form asked for."""

    def __init__(self, form: str, file: TextIO | None) -> None:
        """`file`: None: it is printed."""
        self._form = form
        self._file = file
        self._cues = 0
        if form == "vtt":
            print(VTT, file=file, flush=True)

    def add(self, part: TranscribedPart) -> None:
        if not part.text:
            return
        self._cues += 1
        at = part.start_s
        match self._form:
            case "srt":
                text = srt_cue(self._cues, part)
            case "vtt":
                text = vtt_cue(part)
            case _:
                text = "\n".join(
                    f"{at + word.start_s:.3f} {at + word.end_s:.3f} {word.text}"
                    for word in part.transcript.words
                )
        print(text, file=self._file, flush=True)


def _with_word_times(config: Config) -> Config:
    if not hasattr(config.stt, "word_times"):
        raise MarvinError(
            f'--words: stt.engine = "{config.stt.engine}" knows no times of words; "whisper" does'
        )
    return config.model_copy(update={"stt": config.stt.model_copy(update={"word_times": True})})


def _print_error(error: MarvinError) -> None:
    print(f"marvin: {redact(str(error))}", file=sys.stderr, flush=True)


def _fields(transcript: Transcript) -> dict[str, object]:
    """JSON fields; `words` only with `stt.word_times`."""
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
