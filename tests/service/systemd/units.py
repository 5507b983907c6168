"""Generates the units in the repository."""

from marvin.service.systemd.installing import system_unit
from marvin.service.systemd.unit import SystemdUnit, unit_text
from tests.paths import ROOT

FOLDER = ROOT / "systemd"
SHIPPED = {
    "marvin.service": unit_text(SystemdUnit(command=["%h/marvin/.venv/bin/marvin"])),
    "marvin-system.service": unit_text(
        system_unit(["/opt/marvin/.venv/bin/marvin"], [], ["audio"], back_off=False)
    ),
}
"""By file name. For systemd before 254; newer versions wait longer before each restart."""
