"""All checks, in the order of the report."""

from marvin.workshop.doctor.configuration import configuration_checks
from marvin.workshop.doctor.examining import Lane
from marvin.workshop.doctor.hardware import ExaminedMachine, hardware_checks
from marvin.workshop.doctor.home_check import home_checks
from marvin.workshop.doctor.model_checks import model_checks
from marvin.workshop.doctor.own_skill_files import own_skill_checks
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.running_daemon import daemon_checks
from marvin.workshop.doctor.servers import server_lanes
from marvin.workshop.doctor.software import software_checks
from marvin.workshop.doctor.sound import sound_checks
from marvin.workshop.doctor.sound_server import sound_server_checks
from marvin.workshop.doctor.state_files import state_checks
from marvin.workshop.doctor.tool_servers import tool_lanes
from marvin.workshop.doctor.user_session import session_checks
from marvin.workshop.doctor.wyoming_servers import wyoming_lanes


def all_lanes(patient: Patient, *, record: bool) -> list[Lane]:
    """Lanes may run concurrently."""
    return [
        configuration_checks(patient),
        sound_checks(patient, record=record),
        sound_server_checks(patient),
        session_checks(patient),
        daemon_checks(patient),
        hardware_checks(patient, ExaminedMachine(patient)),
        model_checks(patient),
        *server_lanes(patient),
        *wyoming_lanes(patient),
        home_checks(patient),
        *tool_lanes(patient),
        state_checks(patient),
        own_skill_checks(patient),
        software_checks(patient),
    ]
