"""`marvin test-mic --calibrate`: proposes a wake threshold and writes it to models.toml."""

import argparse
import json
import sys
from pathlib import Path

from marvin.cli.commands import calibration_report as report
from marvin.cli.commands.calibration_session import CalibrationSession
from marvin.cli.commands.calibration_view import view
from marvin.cli.commands.microphone import AudioOrigin
from marvin.cli.commands.output import print
from marvin.cli.commands.training_hint import train_command
from marvin.config import Loaded
from marvin.config.writing import target, write_value
from marvin.errors import ConfigError, MarvinError
from marvin.service.run import run_until_signalled
from marvin.workshop.test_mic.calibration import Calibration
from marvin.workshop.test_mic.clips import Clips

_KEY = ("wake", "threshold")
_SAME = 0.005
"""Smallest difference at which two thresholds count as different."""


def calibrate(
    arguments: argparse.Namespace, loaded: Loaded, audio: AudioOrigin, clips: Clips | None
) -> int:
    # Check first that there is a writable file.
    file = target(arguments.config)
    calibration = Calibration(loaded.config.ast())
    shown = view(audio, loaded.config.ast(), as_json=arguments.json)
    session = CalibrationSession(loaded.config, audio, calibration, shown, clips)
    run_until_signalled(session.run(arguments.words, arguments.minutes * 60))
    if arguments.json:
        _finish_json(arguments, loaded, session, file)
    else:
        _finish(arguments, loaded, session, file)
    return 0


def _finish(
    arguments: argparse.Namespace, loaded: Loaded, session: CalibrationSession, file: Path
) -> None:
    calibration = session.calibration
    if not calibration.complete:
        print("\nStopped early. Results so far; nothing was written.")
    if calibration.words:
        proposal = calibration.proposal()
        print()
        print(report.table(calibration, proposal))
        print()
        print(report.paragraph(report.doubts(calibration)))
        if calibration.complete:
            print()
            print(report.paragraph(report.verdict(calibration, proposal, session.meter)))
            if proposal.threshold is not None:
                _offer(proposal.threshold, arguments, loaded, file)
    if session.clips is not None and session.clips.any_said:
        print(f"\nTo train with these clips:\n    {train_command(session.config, session.clips)}")


def _offer(threshold: float, arguments: argparse.Namespace, loaded: Loaded, file: Path) -> None:
    if _in_force(threshold, loaded):
        print("That is already the threshold: nothing to write.")
    elif arguments.yes or _agreed(f"Write wake.threshold = {threshold:.4g} to {file}? [y/N] "):
        _write(threshold, loaded, file)
        print(f"Written to {file}.")
    else:
        print("Nothing was written.")


def _in_force(threshold: float, loaded: Loaded) -> bool:
    return abs(threshold - loaded.config.ast().threshold) < _SAME


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt, OSError, RuntimeError):
        # Nobody to ask; Python raises RuntimeError without a standard input.
        print()
        return False


def _write(threshold: float, loaded: Loaded, file: Path) -> None:
    try:
        write_value(file, _KEY, threshold, loaded.profile)
    except ConfigError as error:
        raise ConfigError(
            f"{error}\nThe proposal was `threshold = {threshold:.4g}` under [wake]"
        ) from error


def _finish_json(
    arguments: argparse.Namespace, loaded: Loaded, session: CalibrationSession, file: Path
) -> None:
    calibration = session.calibration
    proposal = calibration.proposal()
    threshold = proposal.threshold if calibration.complete else None
    failed: MarvinError | None = None
    written: str | None = None
    if arguments.yes and threshold is not None and not _in_force(threshold, loaded):
        try:
            _write(threshold, loaded, file)
            written = str(file)
        except ConfigError as error:
            failed = error
    train: str | None = None
    if session.clips is not None and session.clips.any_said:
        train = train_command(session.config, session.clips)
    summary = report.as_json(calibration, proposal)
    summary |= {"proposed": threshold, "written": written, "train": train}
    json.dump({"event": "summary", **summary}, sys.stdout, ensure_ascii=False)
    print(flush=True)
    if failed is not None:
        raise failed
