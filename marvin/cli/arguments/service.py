"""Arguments of the service commands."""

import argparse

from marvin.cli.arguments.adding import Adder


def add_service(add: Adder) -> None:
    service = add.group("service", "Run Marvin as a systemd service.")
    install = service.command(
        "install",
        "service:install",
        "Write a systemd unit, enable it and start it.",
        "marvin service install --linger",
    )
    _add_system(install)
    install.add_argument(
        "--linger",
        action="store_true",
        help="run from boot to shutdown, even while the user is logged out",
    )
    install.add_argument("--print", action="store_true", help="print the unit and change nothing")
    _add_force(install, "replace a unit even if it was edited by hand")
    uninstall = service.command(
        "uninstall",
        "service:uninstall",
        "Stop Marvin, and disable and delete its unit.",
        "marvin service uninstall",
    )
    _add_system(uninstall)
    _add_force(uninstall, "delete a unit even if it was edited by hand")
    status = service.command(
        "status",
        "service:status",
        "Show the state of the service. The exit code is 3 if it is not running.",
        "marvin service status",
    )
    _add_system(status)


def _add_system(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--system",
        action="store_true",
        help="use a system unit with its own user, for machines without a desktop",
    )


def _add_force(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--force", action="store_true", help=text)
