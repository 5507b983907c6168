"""The text of a systemd unit, for the user's or the system's systemd."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NAME = "marvin.service"

_UNIT = """\
[Unit]
Description=Marvin, a voice assistant
After={after}

[Service]
# Ready: listening for the wake word. Alive: audio arrives and is processed.
Type=notify
{start}
TimeoutStartSec=60
WatchdogSec=30
TimeoutStopSec=10
# When start or stop hangs, or the watchdog fires, the stack of every thread goes to the journal.
# There is no core file, because it would contain what was said.
TimeoutStartFailureMode=abort
LimitCORE=0
# If memory runs out in the process of a skill or an engine, Marvin itself goes on.
OOMPolicy=continue
Environment=PYTHONFAULTHANDLER=1
{environment}
Restart=on-failure
{restart}
# 78: the configuration is wrong; restarting does not fix it.
RestartPreventExitStatus=78
StandardOutput=journal
StandardError=journal
SyslogIdentifier=marvin

{sandbox}
[Install]
WantedBy={target}
"""

_BACK_OFF = """\
# From 5 s up to 5 minutes.
RestartSec=5
RestartSteps=8
RestartMaxDelaySec=300"""
_CONSTANT = """\
# RestartSteps= and RestartMaxDelaySec= need systemd 254.
RestartSec=10"""

_FOR_EVERYBODY = """\
# Forbidden, because Marvin never needs it. It needs the network (servers, the Hub), /dev/snd and
# the GPU, and torch generates machine code (so no MemoryDenyWriteExecute).
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
"""
_NAMESPACES = """\
# Hidden or read-only for Marvin: it can write only to these folders.
{private_users}ProtectSystem=strict
ProtectHome={home}
ReadWritePaths={writable}
PrivateTmp=yes
PrivateMounts=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
CapabilityBoundingSet=
KeyringMode=private
"""
_WITHOUT_NAMESPACES = """\
# Users may not create namespaces on this machine, so the daemon sees all files.
"""
_SYSTEM_FOLDERS = """\
RuntimeDirectory=marvin
StateDirectory=marvin
StateDirectoryMode=0700
CacheDirectory=marvin
"""
_SYSTEM_ONLY = """\
# Only sound and GPU devices. A user's systemd does not support these options.
ProtectProc=invisible
DevicePolicy=closed
DeviceAllow=char-alsa rw
DeviceAllow=char-drm rw
DeviceAllow=char-kfd rw
DeviceAllow=char-nvidia* rw
RemoveIPC=yes
"""


@dataclass(frozen=True, slots=True)
class SystemdUnit:
    """The variable parts of a unit."""

    command: Sequence[str]
    """Absolute command of Marvin, without arguments."""
    arguments: Sequence[str] = ()
    """Arguments of every command: `--config FILE`, `--profile NAME`."""
    environment: Mapping[str, str] = field(default_factory=dict)
    writable: Sequence[str] = (
        "%h/.cache/huggingface",
        "%h/.cache/marvin",
        "%h/.local/state/marvin",
    )
    """Folders that Marvin writes to; created if missing. `%h` is the user's home."""
    namespaces: bool = True
    """Whether the user may create namespaces; the system's systemd always may."""
    back_off: bool = False
    """Whether systemd supports increasing restart delays."""
    groups: Sequence[str] | None = None
    """Supplementary groups of a system unit; None for a user unit."""


def unit_text(unit: SystemdUnit) -> str:
    """The unit with a checksum, to detect later edits."""
    text = _UNIT.format(
        after=_after(unit),
        start=_start(unit),
        environment=_environment(unit),
        restart=_BACK_OFF if unit.back_off else _CONSTANT,
        sandbox=_sandbox(unit),
        target="default.target" if unit.groups is None else "multi-user.target",
    )
    return _mark(text) + text


def is_untouched(text: str) -> bool:
    """Whether the checksum matches."""
    mark, _, rest = text.partition("\n")
    return f"{mark}\n" == _mark(rest)


def _mark(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"# Written by `marvin service install`, {digest}; `systemctl edit` adds to it.\n"


def _after(unit: SystemdUnit) -> str:
    if unit.groups is not None:
        return "sound.target network.target"
    return "pipewire.service pipewire-pulse.service wireplumber.service pulseaudio.service"


def _start(unit: SystemdUnit) -> str:
    program, *module = unit.command
    # systemd does not expand the first word.
    marvin = " ".join((_quoted(program), *(_word(word) for word in module)))
    arguments = "".join(f" {_word(word)}" for word in unit.arguments)
    lines = [f"ExecStart={marvin} run{arguments}", f"ExecReload={marvin} reload"]
    if unit.groups is not None:
        groups = f"SupplementaryGroups={' '.join(unit.groups)}" if unit.groups else ""
        lines = ["User=marvin", groups, *lines]
    elif unit.namespaces:
        # `+` runs outside the sandbox, in which only existing folders are writable.
        folders = " ".join(_word(folder) for folder in unit.writable)
        lines.insert(0, f"ExecStartPre=+mkdir -p {folders}")
    return "\n".join(filter(None, lines))


def _environment(unit: SystemdUnit) -> str:
    lines = [
        f"Environment={_quoted(f'{name}={value}')}" for name, value in unit.environment.items()
    ]
    # A file of variables, one per line, for API keys.
    return "\n".join([*lines, "EnvironmentFile=-%E/marvin/environment"])


def _sandbox(unit: SystemdUnit) -> str:
    if unit.groups is not None:
        namespaces = _NAMESPACES.replace("ReadWritePaths={writable}\n", _SYSTEM_FOLDERS)
        return _FOR_EVERYBODY + namespaces.format(private_users="", home="yes") + _SYSTEM_ONLY
    if not unit.namespaces:
        return _FOR_EVERYBODY + _WITHOUT_NAMESPACES
    return _FOR_EVERYBODY + _NAMESPACES.format(
        private_users="PrivateUsers=yes\n",
        home="read-only",
        # The runtime folder, for the control socket.
        writable=" ".join(("%t", *(_quoted(folder) for folder in unit.writable))),
    )


def _word(word: str) -> str:
    """A command line word with `$` escaped."""
    return _quoted(word.replace("$", "$$"))


def _quoted(word: str) -> str:
    """Quoted as in systemd.syntax(7); specifiers such as `%h` stay."""
    if not any(character in word for character in " \t\"'\\;"):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
