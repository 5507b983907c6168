"""All checks, in the order of the report."""

from marvin.workshop.doctor import configuration, network, software, sound, sound_server
from marvin.workshop.doctor import hardware as machine
from marvin.workshop.doctor import model_checks as models
from marvin.workshop.doctor import running_daemon as daemon
from marvin.workshop.doctor import state_files as files
from marvin.workshop.doctor import user_session as session
from marvin.workshop.doctor.examining import Lane
from marvin.workshop.doctor.patient import Patient


def all_lanes(patient: Patient, *, record: bool) -> list[Lane]:
    """Lanes may run concurrently."""
    return [
        configuration.checks(patient),
        sound.checks(patient, record=record),
        sound_server.checks(patient),
        session.checks(patient),
        daemon.checks(patient),
        machine.checks(patient, machine.ExaminedMachine(patient)),
        models.checks(patient),
        *network.lanes(patient),
        files.checks(patient),
        software.checks(patient),
    ]
