"""The faults of `faults.py` that Marvin must survive."""

import os
import resource
import signal
import time
from dataclasses import dataclass

from benchmarks.robustness.breakable import Fault
from benchmarks.robustness.faulty_room import Room

AWAY_S = 3.0
BACK_S = 15.0
"""Waiting limit in seconds."""
GOOD = ("answered", "asked back")
_TRIES = 3
_FROZEN_S = 10.0
_LATER_S = 6.0
_EAR_S = 12.0
"""Limit for the replacement of a hung ear, in seconds."""


@dataclass
class Came:
    """The outcome of a fault."""

    deaf_s: float | None = None
    """Time until it listens again; None if it does not, or has ended."""
    lost: int = 0
    """Unanswered questions before the first answer."""
    what: str = ""
    """Description for the table."""
    wrong: str = ""
    """The error; empty if there is none."""
    starved: bool = False
    """Whether systemd's watchdog would have ended it."""
    told_to_end: bool = False
    """Whether ending is the correct behaviour."""
    exit_code: int | None = None
    said: str = ""
    """Its last message."""
    traceback: bool = False

    def look_at(self, room: Room) -> None:
        """Record the process's final state."""
        self.exit_code = room.process.poll()
        self.said = room.complaint()
        self.traceback = room.traceback()
        if self.exit_code:
            self.what += f": {self.said}"


def ask_until_answered(room: Room, came: Came, sample: str = "what_time_is_it") -> Came:
    outcomes = []
    for _ in range(_TRIES):
        outcomes.append(room.ask(sample))
        if outcomes[-1] in GOOD or room.process.poll() is not None:
            break
        came.lost += 1
    came.what = "; ".join(filter(None, (came.what, ", ".join(outcomes))))
    if outcomes[-1] not in GOOD:
        came.wrong = "questions are no longer answered"
    return came


def back(room: Room, since: float, wakes: int) -> Came:
    """Recovery from a device fault without waking."""
    came = Came(room.heard_after(since, BACK_S))
    if came.deaf_s is None:
        return came
    # Detecting and repairing a loss may take a few more chunks.
    time.sleep(_LATER_S)
    came.deaf_s = room.deaf_since(since)
    told = any(event["event"] == "device_lost" for _, event in room.events)
    came.what = "told" if told else "in the log" if "is lost" in room.log() else "not told"
    if room.wakes() > wakes:
        came.wrong = "the gap woke it"
    return ask_until_answered(room, came)


def unplugged(room: Room) -> Came:
    """Unplug microphone and speaker, as with a headset and no other device."""
    wakes = room.wakes()
    control = room.pulse.control
    control("unload-module", "module-remap-source")
    control("unload-module", "module-null-sink")
    time.sleep(AWAY_S)
    since = time.time()
    control("load-module", "module-null-sink", "sink_name=speaker", "rate=48000", "channels=2")
    _plug_in(room, "microphone")
    control("set-default-sink", "speaker")
    room.make_noise()
    return back(room, since, wakes)


def _plug_in(room: Room, name: str) -> None:
    """Add a microphone, which becomes the default."""
    master = ("master=speaker.monitor", f"source_name={name}")
    room.pulse.control("load-module", "module-remap-source", *master)
    room.pulse.control("set-default-source", name)


def rescued(room: Room) -> Came:
    """Remove the default microphone while another one exists."""
    wakes = room.wakes()
    since = time.time()
    room.pulse.control("unload-module", "module-remap-source")
    return back(room, since, wakes)


def server_killed(room: Room) -> Came:
    wakes = room.wakes()
    room.pulse.kill()
    time.sleep(AWAY_S)
    since = time.time()
    room.pulse.start()
    room.make_noise()
    return back(room, since, wakes)


def server_frozen(room: Room) -> Came:
    """Freeze the sound server, as when memory is short."""
    wakes = room.wakes()
    os.kill(room.pulse.pid, signal.SIGSTOP)
    time.sleep(_FROZEN_S)
    since = time.time()
    os.kill(room.pulse.pid, signal.SIGCONT)
    return back(room, since, wakes)


def suspended(room: Room) -> Came:
    wakes = room.wakes()
    room.pulse.control("suspend-source", "microphone", "1")
    time.sleep(AWAY_S)
    since = time.time()
    room.pulse.control("suspend-source", "microphone", "0")
    return back(room, since, wakes)


def default_changed(room: Room) -> Came:
    wakes = room.wakes()
    _plug_in(room, "headset")
    since = time.time()
    sources = room.pulse.control("list", "short", "modules").splitlines()
    old = next(line.split()[0] for line in sources if "source_name=microphone" in line)
    room.pulse.control("unload-module", old)
    return back(room, since, wakes)


def stopped(room: Room) -> Came:
    wakes = room.wakes()
    room.send(signal.SIGSTOP)
    time.sleep(5.0)
    since = time.time()
    room.send(signal.SIGCONT)
    return back(room, since, wakes)


def _in_engine(room: Room, fault: Fault) -> Came:
    """Trigger a fault with a question; measures how long the ear is deaf."""
    room.tell(fault)
    since, moment = time.monotonic(), time.time()
    came = Came()
    first = room.ask()
    failed = room.event_after(since, "turn_failed", 0.1)
    came.what = first if failed is None else f"{first}, with a spoken notice ({failed['stage']})"
    came.lost = int(first not in GOOD)
    came.deaf_s = room.deaf_since(moment)
    if (room.folder / fault.value).exists():
        came.wrong = "the fault never happened"
    return ask_until_answered(room, came)


def recogniser_hangs(room: Room) -> Came:
    return _in_engine(room, Fault.RECOGNISER_HANGS)


def recogniser_raises(room: Room) -> Came:
    return _in_engine(room, Fault.RECOGNISER_RAISES)


def skill_fails(room: Room) -> Came:
    return _in_engine(room, Fault.SKILL_FAILS)


def voice_killed_before(room: Room) -> Came:
    return _in_engine(room, Fault.VOICE_KILLED_BEFORE)


def voice_killed_within(room: Room) -> Came:
    return _in_engine(room, Fault.VOICE_KILLED_WITHIN)


def _in_ear(room: Room, fault: Fault) -> Came:
    since = time.time()
    room.tell(fault)
    time.sleep(_EAR_S)
    came = Came(room.deaf_since(since))
    return ask_until_answered(room, came)


def ear_raises(room: Room) -> Came:
    return _in_ear(room, Fault.EAR_RAISES)


def ear_hangs(room: Room) -> Came:
    return _in_ear(room, Fault.EAR_HANGS)


def disk_full(room: Room) -> Came:
    """No file can be written."""
    pid = room.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    since = time.time()
    came = ask_until_answered(room, Came(), "set_a_timer")
    came.deaf_s = room.deaf_since(since)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    said = " ".join(str(e["text"]) for _, e in room.events if e["event"] == "replied")
    came.what += f"; said {said!r}"
    return came


def clock_jumps(room: Room) -> Came:
    """The clock jumps while a ten-minute timer runs."""
    came = ask_until_answered(room, Came(), "set_a_timer")
    since, moment = time.monotonic(), time.time()
    room.tell(Fault.CLOCK_JUMPED)
    rang = room.event_after(since, "replied", 10.0)
    came.what += "; the timer keeps running"
    if rang is not None:
        came.wrong = f"said {rang['text']!r}"
    came.deaf_s = room.deaf_since(moment)
    return ask_until_answered(room, came)


def killed_writing(room: Room) -> Came:
    """Kill the process while it writes the second of two timers."""
    came = ask_until_answered(room, Came(), "set_a_timer")
    timers = room.folder / "marvin" / "marvin.sqlite3"
    before = timers.read_bytes()
    room.tell(Fault.KILLED_WRITING)
    room.ask("set_a_timer")
    code = room.process.wait()
    if code != -signal.SIGKILL:
        came.wrong = f"ended with {code} instead of being killed"
    if timers.read_bytes() != before:
        came.wrong = "the timers on disk changed"
    since = time.time()
    room.start()
    came.deaf_s = room.heard_after(since, BACK_S)
    came.what += "; the first timer survived"
    if timers.with_name("marvin.sqlite3.broken").exists():
        came.wrong = "the timers were lost"
    return ask_until_answered(room, came)
