"""All checks, in the order of the report."""

from marvin.doctor import (
    configuration,
    daemon,
    files,
    machine,
    models,
    network,
    session,
    software,
    sound,
    sound_server,
)
from marvin.doctor.examining import Lane
from marvin.doctor.patient import Patient


def all_lanes(patient: Patient, *, record: bool) -> list[Lane]:
    """What may run at the same time is in different lanes."""
    return [
        configuration.checks(patient),
        sound.checks(patient, record=record),
        sound_server.checks(patient),
        session.checks(patient),
        daemon.checks(patient),
        machine.checks(patient, machine.Machine(patient)),
        models.checks(patient),
        *network.lanes(patient),
        files.checks(patient),
        software.checks(patient),
    ]
