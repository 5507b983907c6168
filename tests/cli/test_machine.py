"""Sound devices as listed by `marvin devices`."""

import json

import pytest

from marvin.audio.devices import Direction, choose_device
from marvin.cli.main import main
from tests.audio.pulse import Pulse
from tests.audio.pulse import pulse as pulse
from tests.audio.pulse import pulse_of_my_own as pulse_of_my_own


def test_sound_server_devices_are_listed_with_the_ids_that_select_them(
    pulse_of_my_own: Pulse, capsys: pytest.CaptureFixture[str]
) -> None:
    pulse_of_my_own.control(
        "load-module", "module-remap-source", "master=speaker.monitor", "source_name=alsa_in.yeti",
        "source_properties=device.description=Blue_Yeti", "channels=1", "master_channel_map=mono",
    )  # fmt: skip
    assert main(["devices"]) == 0
    listed = capsys.readouterr().out
    assert "Blue_Yeti\n    sound server alsa_in.yeti, 48000 Hz, 1 in\n" in listed
    assert ".monitor" not in listed, "the monitor of a loudspeaker is not a microphone"
    assert main(["devices", "--json"]) == 0
    ids = [one["endpoint"] for one in json.loads(capsys.readouterr().out) if one["input_channels"]]
    assert choose_device(ids[-1], Direction.INPUT).name == "Blue_Yeti"
