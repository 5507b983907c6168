"""`marvin devices` and `marvin config`."""

import argparse
import dataclasses

from marvin.audio.devices import Direction, list_devices, server_devices
from marvin.boundary.terminal import to_json
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.config.explain import explain


def devices(arguments: argparse.Namespace) -> int:
    opened = list_devices()
    behind = [one for direction in Direction for one in server_devices(direction, opened)]
    found = [*opened, *(one for one in behind if not one.is_monitor)]
    if arguments.json:
        print(to_json([dataclasses.asdict(device) for device in found]))
        return 0
    for device in found:
        marks = [
            f"{count} {name}{' (default)' if default else ''}"
            for count, name, default in (
                (device.input_channels, "in", device.is_default_input),
                (device.output_channels, "out", device.is_default_output),
            )
            if count
        ]
        where = f"{device.host_api} {device.endpoint}".rstrip()
        print(f"{device.name}\n    {where}, {device.default_rate_hz} Hz, {', '.join(marks)}")
    if not found:
        print(
            "No microphone and no speaker. `marvin run --input FILE --output FILE` needs neither."
        )
    if any(device.input_channels for device in found):
        print('\nFound a microphone. Next: `marvin run`, and say "marvin".')
    return 0


def config(arguments: argparse.Namespace) -> int:
    print(explain(load(arguments)), end="")
    return 0
