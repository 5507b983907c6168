"""Does a Marvin run already? Then it has the microphone, and the memory of its models."""

from functools import partial

from marvin.errors import ControlError, NoDaemonError
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patience import busy
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_LIMIT_S = 6.0
"""The client itself gives up after 5 s."""


def checks(patient: Patient) -> Lane:
    return (Check("daemon", partial(daemon, patient.system), _LIMIT_S),)


def daemon(system: System) -> Finding:
    """Only that it answers: the rest is `marvin status`."""
    try:
        system.daemon()
    except NoDaemonError:
        return ok("daemon", "does not run")
    except ControlError as error:
        if "does not answer" in str(error) and (load := busy()):
            text = f"{error}; the machine is busy ({load})"
            return warn("daemon", text, "try again when the machine has less to do")
        return fail("daemon", str(error), "systemctl --user restart marvin")
    return ok("daemon", "runs and answers; it has the microphone (`marvin status`)")
