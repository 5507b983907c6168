"""The command that examines this machine."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder


def add_doctor(add: Adder) -> None:
    doctor = add.command(
        "doctor",
        "doctor:doctor",
        "Find what is wrong with sound, models, servers and the machine, and how to fix it.",
        "marvin doctor",
    )
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.add_argument(
        "--no-record", action="store_true", help="leave the two-second recording out"
    )
    doctor.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="write a ZIP file for a bug report: no speech, no secrets, no folders of yours",
    )
