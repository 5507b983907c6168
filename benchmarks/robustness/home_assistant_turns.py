"""Turns of Marvin against a real Home Assistant, and how long they take.

    python -m benchmarks.robustness.home_assistant_turns

Installs Home Assistant into build/ the first time (700 MB, some minutes); needs Python 3.13, uv and
Debian's ffmpeg. Exits with 1 if a turn ended otherwise than it should.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.robustness.home_assistant_server import RunningHome, running_home
from marvin.backends.home_assistant.home_server import HomeAssistantServer
from marvin.backends.home_assistant.names_fetching import fetch_names
from marvin.config.home_assistant import HomeAssistantConfig
from marvin.config.llm import conversation_rules
from marvin.config.tables import Config, SkillsConfig
from marvin.engines.engine_set import EngineSet
from marvin.errors import MarvinError
from marvin.mind.memory import Memory
from marvin.service.assembly import mind_of
from marvin.service.one_shot import answer
from marvin.skills.agenda import Agenda
from marvin.types import Ask, Notice, Say

TOKEN = "HOME_ASSISTANT_TOKEN"
SPOKEN = Path("samples/kitchen_light.wav")
SKILL, HOME = "what time is it", "is the kitchen light on"
_TIMED = 20
_KITCHEN, _BEDROOM, _STOP = "light.kitchen_light", "light.bedroom_lamp", "light.stop_light"
_NO_MODEL = "I have no language model"


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    reply: str
    """Pattern of what Marvin has to say."""
    entity: str = ""
    state: str = ""
    """What that entity has to be afterwards."""


SAID = (
    Said("turn off the kitchen light", "^Turned off the light$", _KITCHEN, "off"),
    Said("Turn on the kitchen light, please.", "^Turned on the light$", _KITCHEN, "on"),
    Said("turn off the ceiling lamp", "^Turned off the light$", _KITCHEN, "off"),
    Said("turn on the lights in the kitchen", "^Turned on the lights$", _KITCHEN, "on"),
    Said("switch on the bedroom lights", "^Turned on the lights$", _BEDROOM, "on"),
    Said("is the bedroom lamp on", "^Yes$"),
    Said("which lights are on", "Kitchen light"),
    Said("turn on the stop", "^Turned on the light$", _STOP, "on"),
    Said("stop", "^$", _STOP, "on"),
    Said("turn on the disco ball", "not aware of any device called disco ball"),
    Said("play some music", "^I cannot play music"),
    Said("call an ambulance", "^I cannot make calls"),
    Said("what is the capital of France", _NO_MODEL),
    Said("what time is it", "^It is "),
)
_LIST = "todo.shopping_list"
BY_ITSELF = (Said("add milk to the shopping list", "^Added milk to", _LIST, "0"),)
LISTS = (
    Said("add milk and eggs to the shopping list", "milk and eggs", _LIST, "2"),
    Said("what is on my shopping list", "milk and eggs", _LIST, "2"),
    Said("take milk off the shopping list", "milk", _LIST, "1"),
    Said("add a bike to the wish list", "Home Assistant has no list called wish", _LIST, "1"),
    Said("clear the shopping list", "shopping", _LIST, "0"),
)
ELSEWHERE = {
    "de": Said("Schalte das Kitchen light aus.", "ausgeschaltet", _KITCHEN, "off"),
    "fr": Said("Allume la Kitchen light.", "", _KITCHEN, "on"),
    "es": Said("Apaga la Kitchen light.", "", _KITCHEN, "off"),
    "it": Said("Accendi la Kitchen light.", "", _KITCHEN, "on"),
    "nl": Said("Doe de Kitchen light uit.", "", _KITCHEN, "off"),
}


class Report:
    """Prints each case; `wrong` counts those that failed."""

    def __init__(self) -> None:
        self.wrong = 0

    def note(self, what: str, found: str, *, right: bool) -> None:
        self.wrong += not right
        print(f"{'ok   ' if right else 'WRONG'}  {what:<40}  {found}", flush=True)


def config(folder: Path, url: str, **keys: Any) -> Config:
    return Config(
        skills=SkillsConfig(state_dir=folder),
        home_assistant=HomeAssistantConfig.model_validate({"url": url, **keys}),
    )


async def reply(config: Config, text: str) -> str:
    try:
        return " ".join([sentence async for sentence in answer(config, text)])
    except MarvinError as error:
        return f"{getattr(error, 'notice', '')} ({error})"


async def by_text(home: RunningHome, folder: Path, report: Report) -> None:
    # A busy machine takes long.
    plain = config(folder, home.url, timeout_s=60.0)
    lists = config(folder, home.url, timeout_s=60.0, todo_lists=True)
    spoken = [
        *((one, plain) for one in SAID + BY_ITSELF),
        *((one, lists) for one in LISTS),
        *((one, plain.model_copy(update={"language": code})) for code, one in ELSEWHERE.items()),
    ]
    for one, its in spoken:
        said = await reply(its, one.text)
        state = await home.state(one.entity) if one.entity else ""
        report.note(
            one.text,
            f"{said} [{state}]" if state else said,
            right=bool(re.search(one.reply, said)) and state == one.state,
        )


async def by_voice(home: RunningHome, folder: Path, report: Report) -> None:
    """By the real `marvin run`, with names that it fetches itself."""
    await reply(config(folder, home.url), "turn off the kitchen light")
    (folder / "models.toml").write_text(f'[home_assistant]\nurl = "{home.url}"\n')
    command = [
        *(sys.executable, "-m", "marvin", "--config", str(folder / "models.toml")),
        *("--profile", "embedded", "run", "--json"),
        *("--input", str(SPOKEN), "--output", str(folder / "reply.wav")),
    ]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "fresh")},
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    said = [event["text"] for event in events if event["event"] in ("heard", "replied")]
    state = await home.state(_KITCHEN)
    heard, *replies = said
    # A slow machine says "One moment." before.
    right = heard == "turn on the kitchen light" and replies[-1:] == ["Turned on the light"]
    right = right and state == "on"
    report.note(SPOKEN.name, f"{said} [{state}] {done.stderr.strip()}", right=right)


async def names(home: RunningHome, report: Report) -> None:
    found = await fetch_names(HomeAssistantServer(HomeAssistantConfig(url=home.url)))
    wanted = {"Kitchen", "Cookery", "Kitchen light", "Ceiling lamp", "Bedroom lamp", "Stop"}
    report.note("names", ", ".join(sorted(found.all())), right=wanted <= found.all())


async def faults(home: RunningHome, folder: Path, report: Report) -> None:
    """What the user hears, and what the console says."""
    text = "turn on the kitchen light"
    cases = [
        ("wrong address", f"{home.url}/nothing", r"has no such address \(404\)"),
        ("nothing there", "http://127.0.0.1:9", "does not answer.*cannot be reached"),
    ]
    for what, url, wanted in cases:
        said = await reply(config(folder, url), text)
        report.note(what, said, right=bool(re.search(wanted, said)))
    with environment(TOKEN, home.token[:-4] + "AAAA"):
        said = await reply(config(folder, home.url), text)
        report.note("expired token", said, right=f"token in {TOKEN} (401)" in said)
    home.process.send_signal(signal.SIGSTOP)
    try:
        said = await reply(config(folder, home.url, timeout_s=2.0), text)
        report.note("hanging", said, right="did not answer in 2 s" in said)
    finally:
        home.process.send_signal(signal.SIGCONT)


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@asynccontextmanager
async def minds(config: Config) -> AsyncIterator[Any]:
    engines = EngineSet(config, agenda=Agenda())
    async with engines.running([engines.skills]):
        yield mind_of(engines, config)


async def timed(home: RunningHome, folder: Path) -> None:
    """Time from the text to the first sentence, in turn."""
    its = config(folder, home.url)
    spent: dict[str, list[float]] = {SKILL: [], HOME: []}
    memory = Memory(conversation_rules(its.llm))
    async with minds(its) as mind, asyncio.TaskGroup() as tasks:
        for _ in range(_TIMED):
            for text, times in spent.items():
                began = time.perf_counter()
                response = mind.respond(text, memory, tasks)
                items = [item async for item in response.items()]
                times.append(time.perf_counter() - began)
                assert all(isinstance(item, Say | Ask | Notice) for item in items)
                response.discard()
    skill, through = (1000 * median(spent[text]) for text in (SKILL, HOME))
    print(f"\nText to answer, median of {_TIMED}: a skill {skill:.1f} ms, ", end="")
    print(f"Home Assistant {through:.1f} ms ({through / skill:.1f} times as long)")


async def main() -> int:
    report = Report()
    async with running_home() as home:
        print(f"Home Assistant answers after {home.start_s:.0f} s\n", flush=True)
        with environment(TOKEN, home.token), tempfile.TemporaryDirectory() as folder:
            await names(home, report)
            await by_voice(home, Path(folder), report)
            await by_text(home, Path(folder), report)
            await faults(home, Path(folder), report)
            await timed(home, Path(folder))
    print(f"\n{report.wrong} wrong")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
