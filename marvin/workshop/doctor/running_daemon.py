"""Checks for a running daemon, which uses the microphone and memory."""

from functools import partial

from marvin.errors import ControlError, NoDaemonError
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patience import busy
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_LIMIT_S = 6.0
"""Above the client's own limit of 5 s."""


def daemon_checks(patient: Patient) -> Lane:
    return (Check("daemon", partial(daemon, patient.system), _LIMIT_S),)


def daemon(system: System) -> Finding:
    """Only whether it answers; `marvin status` shows the rest."""
    try:
        system.daemon()
    except NoDaemonError:
        return ok("daemon", "not running")
    except ControlError as error:
        if "does not answer" in str(error) and (load := busy()):
            text = f"{error}; the machine is busy ({load})"
            return warn("daemon", text, "try again when the machine is less busy")
        return fail("daemon", str(error), "systemctl --user restart marvin")
    return ok("daemon", "running; it uses the microphone (`marvin status`)")
