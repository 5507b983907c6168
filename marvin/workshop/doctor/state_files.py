"""Checks the clock and Marvin's files."""

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marvin.skills.skillset import default_state_dir
from marvin.skills.store import database
from marvin.skills.store.store import NAME
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.model_checks import nearest, unwritable
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_FIRST_YEAR = 2025
"""An earlier year means that the clock was never set: boards without a battery start in 1970."""


def state_checks(patient: Patient) -> Lane:
    folder = patient.config.skills.state_dir or default_state_dir()
    folder = folder.expanduser()
    return (
        Check("clock", partial(clock, patient.system)),
        Check("state folder", partial(state_folder, folder)),
        Check("agenda", partial(agenda, folder / NAME)),
    )


def clock(system: System) -> Finding:
    """Time and time zone."""
    now = system.now()
    if now.year < _FIRST_YEAR:
        text = f"{now:%Y-%m-%d}: the clock is not set, so timers ring late or never"
        return fail("clock", text, "sudo timedatectl set-ntp true")
    zone = system.environment.get("TZ", "").removeprefix(":")
    set_zone = "sudo timedatectl set-timezone Europe/London  (yours)"
    if zone and not zone.startswith("/"):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            if not any(map(str.isdigit, zone)):  # `CET-1CEST` is a valid rule
                text = f"TZ = {zone}: unknown time zone, so UTC is used"
                return fail("clock", text, "unset TZ")
    elif not zone and not system.path("/etc/localtime").exists():
        return warn("clock", f"{now:%H:%M}, no time zone is set, so UTC is used", set_zone)
    return ok("clock", f"{now:%Y-%m-%d %H:%M %Z}")


def state_folder(folder: Path) -> Finding:
    """Keeps timers, alarms and lists across restarts."""
    if why := unwritable(folder):
        text = (
            f"{folder}: cannot be written ({why}): timers, alarms and lists are lost at a restart"
        )
        return fail("state folder", text, f"sudo chown -R $USER {nearest(folder)}")
    return ok("state folder", f"{folder} is writable")


def agenda(path: Path) -> Finding:
    """Timers, alarms and lists. Counts only: what they are about is private."""
    try:
        rows = database.read(path) or {}
    except OSError as error:
        text = f"{path}: cannot be read ({error.strerror}): its timers and alarms never ring"
        return fail("agenda", text, f"sudo chown $USER {path}")
    except database.NewerError as error:
        return fail("agenda", f"{path}: {error}, so it is not used", "pip install -U marvin")
    except database.DamagedError as error:
        text = f"{path} is damaged ({error}): the next start backs it up and keeps what is valid"
        return warn("agenda", text, f"cp {path} {path}.broken")
    counts = (
        f"{len(found)} {table.replace('_', ' ')}" for table, found in rows.items() if len(found)
    )
    return ok("agenda", ", ".join(counts) or "no timers, alarms or lists")
