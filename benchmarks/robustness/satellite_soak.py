"""An hour of a satellite whose network fails, beside others that do not keep to the protocol.

    python -m benchmarks.robustness.satellite_soak [--hours 1] [--wall-minutes N]
        [--question-minutes 2] [--json FILE]

The satellite is what `marvin run --satellite` runs. It hears a room with a question every two
minutes, and its audio is read as fast as it is processed, not in real time: an hour is an hour of
audio. On loopback, it uses the Wyoming server of a Marvin with the embedded engines, through a
link that fails during every second question (`failing_link.py`). The same server is bothered all
the time by `rogue_satellites.py`. Exit code 1: a question with neither an answer nor a notice or
tone, a question without a fault that was not answered, a rogue that was served wrongly, or leaked
threads, files or tasks.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from benchmarks.robustness.failing_link import ANSWERED, FailingLink, LinkFault
from benchmarks.robustness.failing_link import as_json as link_json
from benchmarks.robustness.resources import COUNTED, Held, leaks
from benchmarks.robustness.rogue_satellites import bother
from benchmarks.robustness.soak import ASKED, SAMPLES, WARM_UP
from benchmarks.robustness.soak_feed import AFTER_S, BEFORE_S, Feed, Nowhere, Scene, read
from benchmarks.robustness.soak_log import GOOD
from marvin.cli.commands.satellite import as_satellite
from marvin.config import Loaded
from marvin.config.serve_table import ServeConfig
from marvin.config.tables import Config, SkillsConfig, TurnConfig
from marvin.engines.engine_set import EngineSet
from marvin.events import Event, Serving, TurnFailed, TurnFinished
from marvin.service.assembly import served_engines
from marvin.service.carried_over import CarriedOver
from marvin.service.run import run_assistant
from marvin.service.server_set import serve
from marvin.skills.agenda import Agenda
from marvin.types import RATE_HZ

PATIENCE = TurnConfig(transcribe_s=20.0, answer_s=20.0, synthesis_s=20.0)
"""For a busy machine."""
LIMIT_S = 20.0


@dataclass(slots=True)
class SatelliteLog:
    """Judges each question by what was heard until the next scene."""

    sink: Nowhere
    link: FailingLink
    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[str] = field(default_factory=list)
    _fault: LinkFault | None = None
    _asking: bool = False
    _ended: list[str] = field(default_factory=list)
    _heard_s: float = 0.0
    _harmed: int = 0
    _why: str = ""

    def begin(self, scene: Scene, fault: LinkFault | None) -> None:
        self._asking = scene.kind == "question"
        self.link.fault = self._fault = fault
        self._ended, self._heard_s, self._harmed = [], self.sink.heard_s, self.link.harmed
        self._why = ""

    def report(self, event: Event) -> None:
        if isinstance(event, TurnFinished):
            self._ended.append(event.outcome)
        elif isinstance(event, TurnFailed):
            self._why = event.message

    def over(self) -> None:
        if not self._asking:
            return
        answered = any(outcome in GOOD for outcome in self._ended)
        aloud = self.sink.heard_s > self._heard_s
        outcome = "answered" if answered else ", ".join(self._ended) or "nothing"
        if not answered and aloud:
            outcome += ", with a notice or the tone"
        met = self.link.harmed > self._harmed
        name = self._fault.value if self._fault else "nothing fails"
        self.outcomes[name][outcome if met or not self._fault else f"{outcome} (not met)"] += 1
        needs_answer = self._fault is None or self._fault in ANSWERED
        if not answered and (needs_answer or not aloud):
            self.wrong.append(f"{name}: {outcome} ({self._why})")


class SatelliteSoak:
    def __init__(self, options: argparse.Namespace, link: FailingLink) -> None:
        self.log = SatelliteLog(Nowhere(), link)
        self.held: list[Held] = []
        self.feed: Feed
        self._hours = options.hours
        self._quiet_s = options.question_minutes * 60
        self._ends = time.monotonic() + options.wall_minutes * 60
        self._faults = cycle([None, *(one for fault in LinkFault for one in (fault, None))][:-1])

    def scenes(self, lengths: dict[str, float]) -> Iterator[Scene]:
        for name in cycle(ASKED):
            spoken_s = BEFORE_S + lengths[name] + AFTER_S
            yield Scene("quiet", max(0.0, self._quiet_s - spoken_s))
            yield Scene("question", spoken_s, name)

    @property
    def audio_h(self) -> float:
        return self.feed.position / RATE_HZ / 3600

    def on_scene(self, scene: Scene) -> None:
        self.log.over()
        asks = scene.kind == "question"
        if not asks:
            self.held.append(Held.now(self.audio_h))
            if self.audio_h >= self._hours or time.monotonic() >= self._ends:
                self.feed.ended = True
        self.log.begin(scene, next(self._faults) if asks else None)


async def soak(options: argparse.Namespace, state: Path) -> tuple[SatelliteSoak, Counter[str]]:
    logging.getLogger("marvin").setLevel(logging.CRITICAL)
    recordings = {name: await read(SAMPLES / f"{name}.wav") for name in ASKED}
    config = Config(
        turn=PATIENCE,
        skills=SkillsConfig(state_dir=state),
        serve=ServeConfig(wyoming="tcp://127.0.0.1:0"),
    )
    begun: asyncio.Queue[Event] = asyncio.Queue()
    engines, agenda = EngineSet(config), Agenda()
    came: Counter[str] = Counter()
    async with engines.running():
        shared = served_engines(engines, config, CarriedOver(agenda=agenda))
        serving = asyncio.create_task(serve(shared, begun.put_nowait))
        event = await begun.get()
        assert isinstance(event, Serving)
        port = int(event.address.rpartition(":")[2])
        link = FailingLink(port)
        run = SatelliteSoak(options, link)
        run.feed = Feed(
            run.scenes({name: len(one) / RATE_HZ for name, one in recordings.items()}),
            recordings,
            lambda: iter(()),
            run.on_scene,
        )
        bothering = asyncio.create_task(bother(port, came, run.log.wrong))
        async with link.listening() as other:
            loaded = as_satellite(Loaded(config, {}, "", ""), f"tcp://127.0.0.1:{other}")
            alone = loaded.config.model_copy(
                update={
                    "serve": ServeConfig(),
                    "stt": loaded.config.stt.model_copy(update={"timeout_s": LIMIT_S}),
                    "tts": loaded.config.tts.model_copy(update={"timeout_s": LIMIT_S}),
                }
            )
            await run_assistant(alone, run.feed, run.log.sink, run.log.report)
        run.log.over()
        for task in (bothering, serving):
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(bothering, serving, return_exceptions=True)
    return run, came


def report(run: SatelliteSoak, came: Counter[str], path: Path | None) -> int:
    first, last = run.held[0], run.held[-1]
    print(
        f"{last.audio_h:.2f} h of audio in {(last.wall_s - first.wall_s) / 60:.1f} min, "
        f"{last.cpu_s - first.cpu_s:.0f} s of CPU time; {run.log.link.connections} connections\n"
    )
    print("| what fails | questions | outcome |\n|---|---|---|")
    for name, outcomes in run.log.outcomes.items():
        told = "; ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common())
        print(f"| {name} | {outcomes.total()} | {told} |")
    print("\nother satellites at the same server:")
    for name, count in sorted(came.items()):
        print(f"  {name} ({count} times)")
    wrong = list(run.log.wrong)
    kept = run.held[max(1, int(len(run.held) * WARM_UP)) :]
    for name in COUNTED:
        row = [int(getattr(one, name)) for one in kept]
        print(f"{name}: {row[0]} at the start, {row[-1]} at the end, {min(row)} to {max(row)}")
        if leaks(row):
            wrong.append(f"{name} leak: {row[0]} to {row[-1]}")
    print(f"memory: {kept[0].used_mb:.0f} MB at the start, {kept[-1].used_mb:.0f} MB at the end")
    for line in wrong:
        print(f"WRONG: {line}")
    print("no errors" if not wrong else f"{len(wrong)} errors")
    if path is not None:
        outcomes = {name: dict(found) for name, found in run.log.outcomes.items()}
        whole = {"wrong": wrong, "outcomes": outcomes, "rogues": dict(came)}
        path.write_text(json.dumps({**whole, "link": link_json(run.log.link)}, indent=1) + "\n")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hours", type=float, default=1.0, help="hours of audio")
    parser.add_argument(
        "--wall-minutes", type=float, default=float("inf"), help="limit of wall-clock time"
    )
    parser.add_argument("--question-minutes", type=float, default=2.0, help="interval of questions")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as state:
        run, came = asyncio.run(soak(options, Path(state)))
    return report(run, came, options.json)


if __name__ == "__main__":
    sys.exit(main())
