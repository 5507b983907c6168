"""Checks the sound server and its echo cancellation."""

import socket
import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TypeAlias

from marvin.audio.soundserver import cancels_echo
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, Level, fail, ok, warn
from marvin.workshop.doctor.patience import stretched
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_ANSWER_S = 1.5
"""Time limit for the local server, in seconds."""
_PULSE_PORT = 4713
_HARD = "hard to interrupt with a loudspeaker (not needed with a headset)"
_INSTALL = "sudo apt install libspeexdsp1  (Fedora: sudo dnf install speexdsp)"
_RESTART = "systemctl --user restart pipewire pipewire-pulse  (PulseAudio: pulseaudio -k)"
_START = "systemctl --user start pipewire pipewire-pulse wireplumber  (or: pulseaudio --start)"

Place: TypeAlias = Path | tuple[str, int]
"""A socket path, or host and port."""


def sound_server_checks(patient: Patient) -> Lane:
    """No checks on systems with a built-in sound server."""
    system = patient.system
    if system.platform != "linux":
        return ()
    server = Check("sound server", partial(sound_server, system), gate=True)
    checks = [server, Check("echo", partial(echo, patient), limit_s=6.0)]
    if patient.config.turn.barge_in == "speech":
        checks.append(Check("barge-in", partial(barge_in, patient), limit_s=6.0))
    if patient.config.audio.duck:
        checks.append(Check("ducking", partial(ducking, system)))
    return tuple(checks)


def sound_server(system: System) -> Finding:
    """PulseAudio or PipeWire."""
    place = pulse_place(system)
    if place is None:
        return _without(system)
    shown = f"{place[0]}:{place[1]}" if isinstance(place, tuple) else str(place)
    try:
        answered = _ask(place)
    except TimeoutError:
        return fail("sound server", f"{shown} does not answer: the server is hung", _RESTART)
    except OSError as error:
        return fail("sound server", f"{shown}: {error.strerror or error}", _START)
    if not answered:
        return fail("sound server", f"{shown} closes the connection", _RESTART)
    return ok("sound server", f"answers at {shown}")


def _without(system: System) -> Finding:
    folder = system.runtime_folder
    if folder is not None and (folder / "pipewire-0").exists():
        return warn(
            "sound server",
            "PipeWire without pipewire-pulse: most programs see no devices",
            "sudo apt install pipewire-pulse pipewire-alsa",
        )
    if system.path("/proc/asound/card0").exists():
        return warn("sound server", "none: only one program at a time can use ALSA", _START)
    return warn("sound server", "none, and no sound card", _START)


def pulse_place(system: System) -> Place | None:
    """Address of the PulseAudio server as its clients find it; None if there is none."""
    named = system.environment.get("PULSE_SERVER", "").split()
    if named:
        return _parse(named[0].rpartition("}")[2])
    folder = system.runtime_folder
    found = None if folder is None else folder / "pulse" / "native"
    return found if found is not None and found.exists() else None


def _parse(server: str) -> Place:
    """`unix:/run/user/1000/pulse/native`, a path, `tcp:host:port`, a host."""
    if server.startswith(("unix:", "/")):
        return Path(server.removeprefix("unix:"))
    address = server.removeprefix("tcp4:").removeprefix("tcp6:").removeprefix("tcp:")
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and not host.endswith(":"):
        return host.strip("[]"), int(port)
    return address.strip("[]"), _PULSE_PORT


def _ask(place: Place) -> bool:
    """Whether the server answers a client's AUTH message.

    Accepting the connection proves nothing: the kernel does that even for a hung server.
    """
    if isinstance(place, tuple):
        connection = socket.create_connection(place, stretched(_ANSWER_S))
    else:
        connection = socket.socket(socket.AF_UNIX)
    with connection:
        connection.settimeout(stretched(_ANSWER_S))
        if not isinstance(place, tuple):
            connection.connect(str(place))
        connection.sendall(_introduction())
        return bool(connection.recv(1))


def _introduction() -> bytes:
    """PulseAudio's AUTH (8), protocol version 13, with an empty cookie, which is always
    answered."""
    body = b"L" + struct.pack(">I", 8) + b"L" + struct.pack(">I", 0) + b"L"
    body += struct.pack(">I", 13) + b"x" + struct.pack(">I", 256) + bytes(256)
    return struct.pack(">5I", len(body), 0xFFFFFFFF, 0, 0, 0) + body


def echo(patient: Patient) -> Finding:
    """Whether Marvin's own voice is removed from what it hears, so that it can be interrupted at
    any volume."""
    system, audio = patient.system, patient.config.audio
    served = pulse_place(system) is not None
    chosen = audio.input
    if chosen == "default" and served:
        chosen = (system.output(["pactl", "get-default-source"]) or "").strip()
    if cancels_echo(chosen):
        return ok("echo", f"cancelled by {chosen}")
    if audio.echo == "off":
        return warn("echo", f"turned off: {_HARD}", 'in models.toml, [audio]: echo = "auto"')
    if system.speexdsp() is not None:
        return ok("echo", "cancelled by Marvin, with libspeexdsp")
    listed = system.output(["pactl", "list", "short", "sources"]) if served else None
    sources = [name for name in _sources(listed or "") if cancels_echo(name)]
    if sources:
        cure = f"pactl set-default-source {sources[0]}"
        if audio.input != "default":
            cure = f'in models.toml, [audio]: input = "{sources[0]}"'
        return warn("echo", f"{sources[0]} cancels echo, but is not used", cure)
    return warn("echo", f"no libspeexdsp, nor an echo-cancelled source: {_HARD}", _INSTALL)


def barge_in(patient: Patient) -> Finding:
    """Whether any speech interrupts a reply, as `turn.barge_in` wants."""
    found = echo(patient)
    if found.level is Level.OK:
        return ok("barge-in", "any speech interrupts, once the echo has been found in a reply")
    text = 'turn.barge_in = "speech" has no effect: nothing removes the echo'
    return warn("barge-in", text, found.cure)


def ducking(system: System) -> Finding:
    """Whether the volume of other players can be changed, as `audio.duck` wants."""
    if system.output(["pactl", "list", "short", "sink-inputs"]) is None:
        text = "audio.duck has no effect: pactl is missing, or gets no answer"
        return warn("ducking", text, "sudo apt install pulseaudio-utils")
    return ok("ducking", "other players are quieter during a conversation")


def _sources(listed: str) -> Iterator[str]:
    """Names of sources, without monitors of outputs."""
    for line in listed.splitlines():
        _, _, rest = line.partition("\t")
        name = rest.partition("\t")[0]
        if name and not name.endswith(".monitor"):
            yield name
