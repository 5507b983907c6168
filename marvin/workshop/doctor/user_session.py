"""Checks that the user's session gives background programs access to sound."""

import os
import socket
import stat
from functools import partial
from pathlib import Path

from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patience import stretched
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.sound_server import pulse_place
from marvin.workshop.doctor.system import System

_CONNECT_S = 1.0
_LOG_IN = "log in directly or with ssh, not su  (cron, su: export XDG_RUNTIME_DIR)"


def session_checks(patient: Patient) -> Lane:
    """systemd checks only if it runs; ALSA groups only without a sound server."""
    system = patient.system
    if system.platform != "linux":
        return ()
    lane = [Check("runtime folder", partial(runtime_folder, system))]
    if system.runs_systemd:
        lane.append(Check("user bus", partial(user_bus, system)))
        lane.append(Check("lingering", partial(lingering, system)))
    if pulse_place(system) is None and system.path("/dev/snd").is_dir():
        lane.append(Check("groups", partial(groups, system)))
    return tuple(lane)


def runtime_folder(system: System) -> Finding:
    """`XDG_RUNTIME_DIR` has the sockets of the sound server and of Marvin."""
    name = "runtime folder"
    folder = system.runtime_folder
    usual = Path(f"/run/user/{system.uid}")
    if folder is None:
        text = "XDG_RUNTIME_DIR is not set: the sound server cannot be found"
        if system.path(str(usual)).is_dir():
            return fail(name, text, f"export XDG_RUNTIME_DIR={usual}")
        # Nothing creates it without systemd, as in containers.
        return (fail if system.runs_systemd else warn)(name, text, _LOG_IN)
    try:
        found = folder.stat()
    except OSError as error:
        text = f"XDG_RUNTIME_DIR = {folder}: {error.strerror}"
        return fail(name, text, "loginctl enable-linger")
    if not stat.S_ISDIR(found.st_mode):
        return fail(name, f"XDG_RUNTIME_DIR = {folder}: not a folder", "unset XDG_RUNTIME_DIR")
    if found.st_uid != system.uid:
        text = f"XDG_RUNTIME_DIR = {folder}: belongs to user {found.st_uid}, you are {system.uid}"
        return fail(name, text, f"export XDG_RUNTIME_DIR={usual}")
    if found.st_mode & 0o077:
        text = f"XDG_RUNTIME_DIR = {folder}: readable by others"
        return warn(name, text, f"chmod 700 {folder}")
    return ok(name, str(folder))


def user_bus(system: System) -> Finding:
    """Needed by `systemctl --user`."""
    folder = system.runtime_folder
    named = system.environment.get("DBUS_SESSION_BUS_ADDRESS", "")
    path = named.removeprefix("unix:path=").partition(",")[0] if "unix:path=" in named else ""
    if not path and folder is not None:
        path = str(folder / "bus")
    if not path:
        return warn("user bus", "none: `systemctl --user` does not work here", _LOG_IN)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(stretched(_CONNECT_S))
            connection.connect(path)
    except OSError as error:
        text = f"{path}: {error.strerror or 'no answer'}: `systemctl --user` does not work here"
        return warn("user bus", text, "sudo apt install dbus-user-session  (then log in again)")
    return ok("user bus", f"answers at {path}")


def lingering(system: System) -> Finding:
    """Whether the user's services run without a login."""
    if system.path(f"/var/lib/systemd/linger/{system.user}").exists():
        return ok("lingering", "on: services run without a login")
    return warn(
        "lingering",
        "off: the service stops at logout and does not start at boot",
        "loginctl enable-linger",
    )


def groups(system: System) -> Finding:
    """Without a sound server, device files belong to the group `audio`."""
    files = sorted(system.path("/dev/snd").glob("pcm*"))
    if not files:
        return fail("groups", "no sound card: /dev/snd has no devices", "sudo alsa-info.sh")
    closed = [path.name for path in files if not os.access(path, os.R_OK | os.W_OK)]
    cure = "sudo usermod -aG audio $USER  (then log in again)"
    if closed:
        return fail("groups", f"/dev/snd/{closed[0]} cannot be opened by you", cure)
    if "audio" in system.groups() or system.uid == 0:
        return ok("groups", "the sound card is accessible")
    text = "the sound card is accessible only while you are logged in locally"
    return warn("groups", text, cure)
