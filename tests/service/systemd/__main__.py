"""Regenerates systemd/*.service: `python -m tests.service.systemd`."""

from tests.service.systemd.units import FOLDER, SHIPPED

for name, text in SHIPPED.items():
    (FOLDER / name).write_text(text)
