"""`python -m tests.service.systemd` writes systemd/*.service anew."""

from tests.service.systemd.units import FOLDER, SHIPPED

for name, text in SHIPPED.items():
    (FOLDER / name).write_text(text)
