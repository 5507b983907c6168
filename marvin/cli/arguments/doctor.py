"""Arguments of `marvin doctor`."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder


def add_doctor(add: Adder) -> None:
    doctor = add.command(
        "doctor",
        "doctor:doctor",
        "Check sound, models, servers and the machine, and suggest fixes.",
        "marvin doctor",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.add_argument(
        "--no-record", action="store_true", help="skip the two-second test recording"
    )
    doctor.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="write a ZIP file for a bug report: no speech, no secrets, no personal paths",
    )
