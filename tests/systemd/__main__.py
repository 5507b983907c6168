"""`python -m tests.systemd` writes systemd/*.service anew."""

from tests.systemd.units import FOLDER, SHIPPED

for name, text in SHIPPED.items():
    (FOLDER / name).write_text(text)
