"""Commands about Marvin as a service of systemd."""

import argparse

from marvin.cli.arguments.adding import Adder


def add_service(add: Adder) -> None:
    service = add.group(
        "service", "Run Marvin as a systemd service: started, watched and restarted."
    )
    install = service.command(
        "install",
        "service:install",
        "Write the unit for this user and this Marvin, enable it, start it.",
        "marvin service install --linger",
    )
    _add_system(install)
    install.add_argument(
        "--linger",
        action="store_true",
        help="run from boot to shutdown, not only while this user is logged in",
    )
    install.add_argument("--print", action="store_true", help="show the unit, change nothing")
    _add_force(install, "replace a unit that was edited by hand")
    uninstall = service.command(
        "uninstall",
        "service:uninstall",
        "Stop Marvin, disable its unit and delete it.",
        "marvin service uninstall",
    )
    _add_system(uninstall)
    _add_force(uninstall, "delete a unit that was edited by hand")
    status = service.command(
        "status",
        "service:status",
        "Show whether it is installed, running, listening and lingering. Exit code 3: not running.",
        "marvin service status",
    )
    _add_system(status)


def _add_system(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--system",
        action="store_true",
        help="the whole machine's unit with a user of its own, for one without a desktop",
    )


def _add_force(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--force", action="store_true", help=text)
