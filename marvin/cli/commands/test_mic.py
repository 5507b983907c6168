"""`marvin test-mic`: microphone levels and wake word scores."""

import argparse
import dataclasses
import sys
from contextlib import aclosing
from typing import Protocol

from marvin.boundary.terminal import to_json
from marvin.cli.commands.calibrating import calibrate
from marvin.cli.commands.common_options import load
from marvin.cli.commands.microphone import (
    CLIPPING_ADVICE,
    AudioOrigin,
    dead_advice,
    observer,
    origin,
)
from marvin.cli.commands.output import print
from marvin.cli.commands.screen import WHAT, Screen, counted
from marvin.cli.commands.training_hint import train_command
from marvin.config.tables import Config
from marvin.errors import MarvinError
from marvin.service.run import run_until_signalled
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.clips import CLIP_S, Clips
from marvin.workshop.test_mic.monitor import Monitor, Second
from marvin.workshop.test_mic.observing import Observation
from marvin.workshop.test_mic.watching import Kind, Noticed

_TAIL_S = 0.3
"""Audio kept after a detection, which comes at the end of the word, in seconds."""


def test_mic(arguments: argparse.Namespace) -> int:
    _check(arguments)
    loaded = load(arguments)
    audio = origin(arguments, loaded.config)
    clips = None if arguments.record is None else Clips(arguments.record)
    if clips is not None:
        clips.check()
    if sys.stdout.isatty() and not arguments.json:
        # The next line is longer and overwrites it.
        print("Loading ...", end="\r", flush=True)
    if arguments.calibrate:
        return calibrate(arguments, loaded, audio, clips)
    view = _view(arguments, loaded.config, audio)
    watching = _Watching(loaded.config, audio, view, clips, arguments.seconds)
    run_until_signalled(watching.run())
    watching.summarize(as_json=arguments.json)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.calibrate and arguments.seconds is not None:
        raise MarvinError("--seconds: with --calibrate use --words and --minutes instead")
    if arguments.calibrate and arguments.input and len(arguments.input) < 2:
        raise MarvinError(
            "--calibrate --input: needs at least two files: wake words, and "
            "last the room without them: --input words.wav room.wav"
        )


class _View(Protocol):
    def begin(self) -> None: ...

    def show(self, observation: Observation, monitor: Monitor, noticed: list[Noticed]) -> None: ...

    def end(self) -> None: ...


def _view(arguments: argparse.Namespace, config: Config, audio: AudioOrigin) -> _View:
    if arguments.json:
        return _JsonLines(audio)
    if sys.stdout.isatty():
        return Screen(config.ast(), audio)
    return _Lines(audio)


class _Watching:
    """Feeds a view from the first chunk to the last."""

    def __init__(
        self,
        config: Config,
        audio: AudioOrigin,
        view: _View,
        clips: Clips | None,
        limit: float | None,
    ) -> None:
        self._config = config
        self._audio = audio
        self._view = view
        self._clips = clips
        self._limit_s = limit
        self._monitor = Monitor(config.ast())

    async def run(self) -> None:
        """Watch until the source ends, the time is up, or the user stops."""
        async with observer(self._config) as ear:
            self._view.begin()
            latest: Observation | None = None
            try:
                async with aclosing(ear.observe(self._audio.source.chunks())) as seen:
                    async for latest in seen:
                        self._take(latest)
                        if self._limit_s and self._monitor.elapsed_s >= self._limit_s:
                            break
            finally:
                left = self._monitor.finish()
                if latest is not None:
                    self._view.show(latest, self._monitor, left)
                self._view.end()
                if self._clips is not None:
                    self._keep(self._clips, left)
                    self._clips.finish()

    def _take(self, observation: Observation) -> None:
        noticed = self._monitor.process(observation)
        if self._clips is not None:
            self._clips.process(observation.heard.chunk)
            self._keep(self._clips, noticed)
        self._view.show(observation, self._monitor, noticed)

    def _keep(self, clips: Clips, noticed: list[Noticed]) -> None:
        for one in noticed:
            kind = "wake" if one.kind is Kind.DETECTION else "near"
            end = one.at + round(_TAIL_S * RATE_HZ)
            clips.keep(kind, one.score, end - round(CLIP_S * RATE_HZ), end)

    def summarize(self, *, as_json: bool) -> None:
        """Print the totals."""
        monitor = self._monitor
        if as_json:
            summary = _summary(self._audio, monitor, self._clips)
            print(to_json(summary), flush=True)
            return
        print(
            f"{monitor.elapsed_s:.1f} s: "
            f"{counted(monitor.watch.detections, 'detection', 'detections')}, "
            f"{counted(monitor.watch.near_misses, 'near-miss', 'near-misses')}; "
            f"loudest {monitor.meter.loudest_dbfs:.0f} dBFS, {monitor.lost_s:.1f} s lost"
        )
        if monitor.meter.clipped_s:
            print(f"clipped in {monitor.meter.clipped_s:.1f} s: {CLIPPING_ADVICE}")
        if monitor.meter.dead:
            print(dead_advice(zeros=monitor.meter.zeros))
        if self._clips is not None:
            print(_kept(self._config, self._clips))


def _kept(config: Config, clips: Clips) -> str:
    kept = clips.kept
    text = (
        f"kept {counted(kept['wake'], 'detection', 'detections')} in {clips.said} "
        f"and {counted(kept['near'], 'near-miss', 'near-misses')} beside it"
    )
    if not clips.any_said:
        return text
    return (
        f"{text}; listen to them first and remove what is not the wake word. Then\n"
        f"    {train_command(config, clips)}"
    )


def _summary(audio: AudioOrigin, monitor: Monitor, clips: Clips | None) -> dict[str, object]:
    return {
        "event": "summary",
        "source": audio.name,
        "rate_hz": audio.rate_hz,
        "seconds": round(monitor.elapsed_s, 2),
        "detections": monitor.watch.detections,
        "near_misses": monitor.watch.near_misses,
        "loudest_dbfs": round(monitor.meter.loudest_dbfs, 1),
        "clipped_s": round(monitor.meter.clipped_s, 2),
        "dead": monitor.meter.dead,
        "lost_s": round(monitor.lost_s, 2),
        "kept": None if clips is None else clips.kept,
    }


def noticed_json(one: Noticed) -> dict[str, object]:
    """`{"event": "detection", ...}`; a near-miss has its kind."""
    fields: dict[str, object] = {
        "event": "detection" if one.kind is Kind.DETECTION else "near_miss",
        "at_s": round(one.at / RATE_HZ, 2),
        "score": round(one.score, 3),
    }
    return fields if one.kind is Kind.DETECTION else {**fields, "kind": one.kind.value}


class _Lines:
    """One line per second, for a pipe or a journal."""

    def __init__(self, audio: AudioOrigin) -> None:
        self._audio = audio
        self._named = False

    def begin(self) -> None:
        pass

    def show(self, observation: Observation, monitor: Monitor, noticed: list[Noticed]) -> None:
        if not self._named:
            self._named = True
            self._begin()
        for one in noticed:
            self._noticed(one)
        second = monitor.second(observation)
        if second is not None:
            self._second(second, monitor)

    def end(self) -> None:
        pass

    def _begin(self) -> None:
        print(f"{self._audio.name}, {self._audio.rate}", flush=True)

    def _noticed(self, one: Noticed) -> None:
        print(f"{one.at / RATE_HZ:7.1f} s  {WHAT[one.kind].format(one.score)}", flush=True)

    def _second(self, second: Second, monitor: Monitor) -> None:
        warning = ""
        if second.dead:
            warning = f"  {dead_advice(zeros=monitor.meter.zeros)}"
        elif second.clipping:
            warning = f"  {CLIPPING_ADVICE}"
        print(
            f"{second.at_s:7.1f} s  level {second.level_dbfs:4.0f} dBFS  "
            f"peak {second.peak_dbfs:4.0f}  floor {second.floor_dbfs:4.0f}  "
            f"speech {second.speech:4.0%}  score {second.score:.2f}{warning}",
            flush=True,
        )


class _JsonLines(_Lines):
    """The same lines as JSON."""

    def _begin(self) -> None:
        fields = {"event": "source", "name": self._audio.name, "rate_hz": self._audio.rate_hz}
        print(to_json(fields), flush=True)

    def _noticed(self, one: Noticed) -> None:
        print(to_json(noticed_json(one)), flush=True)

    def _second(self, second: Second, monitor: Monitor) -> None:
        fields = {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in dataclasses.asdict(second).items()
        }
        print(to_json({"event": "second", **fields}), flush=True)
