"""The commands service install, uninstall and status."""

import argparse
import grp
import os

from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.service.systemd.installing import (
    DEVICE_GROUPS,
    in_a_home,
    look_at,
    marvin_command,
    remove_unit,
    system_unit,
    unit_path,
    user_unit,
    write_unit,
)
from marvin.service.systemd.systemctl import Runner, Systemctl, SystemdError, run, user
from marvin.service.systemd.unit import NAME, SystemdUnit, unit_text

_BACK_OFF_SINCE = 254


def install(arguments: argparse.Namespace, runner: Runner = run) -> int:
    systemctl = Systemctl(runner, system=arguments.system)
    if arguments.print:
        print(unit_text(_unit(arguments, systemctl)), end="")
        return 0
    _check_who(arguments)
    systemctl.check()
    text = unit_text(_unit(arguments, systemctl))
    if arguments.system:
        _make_user(runner, systemctl)
    path = unit_path(os.environ, system=arguments.system)
    written = write_unit(path, text, force=arguments.force)
    print(f"{path}: {'written' if written else 'is up to date'}")
    systemctl.do("daemon-reload")
    systemctl.do("enable", NAME)
    print("Marvin starts at boot." if arguments.system else "Marvin starts at login.")
    print("Starting: loading models and opening the microphone ...", flush=True)
    answer = systemctl.ask("restart", NAME)
    if answer.code != 0:
        raise SystemdError(
            f"installed, but it does not start; see `{_journal(arguments)}`"
            + (f" ({answer.output.partition(chr(10))[0]})" if answer.output else "")
        )
    print(f"Running: {systemctl.properties('StatusText').get('StatusText') or 'started'}")
    if not arguments.system:
        # Last, because it may need an administrator.
        _linger(systemctl, wanted=arguments.linger)
    return 0


def uninstall(arguments: argparse.Namespace, runner: Runner = run) -> int:
    systemctl = Systemctl(runner, system=arguments.system)
    _check_who(arguments)
    systemctl.check()
    path = unit_path(os.environ, system=arguments.system)
    if look_at(path) == "not installed":
        print(f"{path}: not installed; nothing to do")
        return 0
    # Disable it before deleting: systemd finds its links through the unit file.
    if look_at(path) == "edited by hand" and not arguments.force:
        remove_unit(path, force=False)
    systemctl.do("disable", "--now", NAME)
    remove_unit(path, force=True)
    systemctl.do("daemon-reload")
    print(f"{path}: deleted. Configuration, timers and models are kept.")
    if not arguments.system and systemctl.lingers():
        print(f"Lingering is still on: `loginctl disable-linger {user()}` unless others need it.")
    return 0


def status(arguments: argparse.Namespace, runner: Runner = run) -> int:
    systemctl = Systemctl(runner, system=arguments.system)
    path = unit_path(os.environ, system=arguments.system)
    print(f"unit      {path}: {look_at(path)}")
    systemctl.check()
    found = systemctl.properties(
        "ActiveState", "SubState", "StatusText", "UnitFileState", "NRestarts", "Result",
        "ExecMainStatus", "ActiveEnterTimestamp",
    )  # fmt: skip
    active = found.get("ActiveState") == "active"
    print(f"enabled   {found.get('UnitFileState') or 'no'}")
    since = f", since {found['ActiveEnterTimestamp']}" if active else ""
    print(f"state     {found.get('ActiveState')} ({found.get('SubState')}){since}")
    if active and found.get("StatusText"):
        print(f"says      {found['StatusText']}")
    if found.get("Result") not in (None, "success"):
        print(f"failed    {found['Result']}, exit code {found.get('ExecMainStatus')}")
    print(f"restarts  {found.get('NRestarts', '0')}")
    if not arguments.system:
        print(f"lingers   {'yes' if systemctl.lingers() else 'no: it stops at the last logout'}")
    if not active:
        print(f"\n`{_journal(arguments)}` shows the log.")
    return 0 if active else 3


def _unit(arguments: argparse.Namespace, systemctl: Systemctl) -> SystemdUnit:
    """Raises ConfigError, because a service with a wrong configuration would not start."""
    config = load(arguments).config
    options = []
    if arguments.config is not None:
        options += ["--config", str(arguments.config.absolute())]
    if arguments.profile is not None:
        options += ["--profile", arguments.profile]
    command = marvin_command()
    back_off = systemctl.version() >= _BACK_OFF_SINCE
    if arguments.system:
        if in_a_home(command):
            raise SystemdError(
                f"{command[0]} is in a home directory, which the user `marvin` cannot read:"
                " install Marvin into /opt/marvin (docs/service.md) and run it from there"
            )
        return system_unit(command, options, _groups(), back_off=back_off)
    namespaces = systemctl.lets_make_namespaces()
    if not namespaces and not arguments.print:
        print("Users may not create namespaces on this machine: the unit has a weaker sandbox.")
    state_dir = config.skills.state_dir
    return user_unit(
        command,
        options,
        os.environ,
        [] if state_dir is None else [state_dir],
        namespaces=namespaces,
        back_off=back_off,
    )


def _check_who(arguments: argparse.Namespace) -> None:
    root = os.geteuid() == 0
    if arguments.system and not root:
        raise SystemdError("a system unit needs root: use `sudo` with the full path of marvin")
    if root and not arguments.system:
        raise SystemdError(
            "root has no sound: run this as the desktop user, without `sudo`;"
            " use `--system` on a machine without logins"
        )


def _make_user(runner: Runner, systemctl: Systemctl) -> None:
    if runner(["id", "marvin"]).code != 0:
        systemctl.must(["useradd", "--system", "--user-group", "--home-dir", "/var/lib/marvin",
                        "--shell", "/usr/sbin/nologin", "marvin"])  # fmt: skip
        print("Created the user `marvin`.")


def _groups() -> list[str]:
    known = {group.gr_name for group in grp.getgrall()}
    return [group for group in DEVICE_GROUPS if group in known]


def _linger(systemctl: Systemctl, *, wanted: bool) -> None:
    if systemctl.lingers():
        print("Lingering is on: Marvin also runs while nobody is logged in.")
    elif wanted:
        systemctl.linger()
        print("Lingering is now on: Marvin also runs while nobody is logged in.")
    else:
        print(
            "Marvin stops at the last logout; `marvin service install --linger` keeps it running."
        )


def _journal(arguments: argparse.Namespace) -> str:
    return f"journalctl {'' if arguments.system else '--user '}-u marvin -n 30"
