"""Choosing a device, and the messages when there is none."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from marvin.audio import devices as module
from marvin.audio.devices import Direction, choose_device, list_devices
from marvin.audio.streams import open_stream
from marvin.errors import AudioDeviceError
from tests.audio.fakesound import FakeSound, Stream, device

ROOM = [
    device("HDA Intel PCH: ALC257 (hw:0,0)", inputs=2, outputs=2),
    device("USB Microphone: Audio (hw:1,0)", inputs=1),
    device("USB Speaker: Audio (hw:2,0)", outputs=2),
    device("USB Camera: Audio (hw:3,0)", inputs=2),
    device("HDA Intel PCH: ALC257 (hw:0,0)", inputs=2, outputs=2, hostapi=1),
]


def use(monkeypatch: pytest.MonkeyPatch, sound: object) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", sound)


def test_all_devices_are_listed_and_defaults_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeSound(ROOM, default=(1, 2)))
    devices = list_devices()
    assert [found.index for found in devices] == [0, 1, 2, 3, 4]
    assert [found.name for found in devices if found.is_default_input] == [ROOM[1]["name"]]
    assert [found.name for found in devices if found.is_default_output] == [ROOM[2]["name"]]
    assert (devices[4].host_api, devices[0].default_rate_hz) == ("JACK", 48_000)


@pytest.mark.parametrize(
    ("wanted", "direction", "index"),
    [
        ("default", Direction.INPUT, 1),
        ("Default", Direction.OUTPUT, 2),
        ("USB Camera: Audio (hw:3,0)", Direction.INPUT, 3),
        ("usb camera", Direction.INPUT, 3),
        ("usb", Direction.OUTPUT, 2),
        ("alc257", Direction.INPUT, 0),
        ("3", Direction.INPUT, 3),
    ],
)
def test_device_is_found_by_name_part_or_number(
    monkeypatch: pytest.MonkeyPatch, wanted: str, direction: Direction, index: int
) -> None:
    use(monkeypatch, FakeSound(ROOM, default=(1, 2)))
    assert choose_device(wanted, direction).index == index


def test_card_is_found_by_its_alsa_id_whatever_its_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cards = tmp_path / "cards"
    cards.write_text(
        " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      HDA Intel PCH\n"
        " 3 [Camera         ]: USB-Audio - USB Camera\n                      USB Camera\n"
    )
    monkeypatch.setattr(module, "_CARDS", cards)
    use(monkeypatch, FakeSound(ROOM, default=(1, 2)))
    for wanted in ("hw:CARD=Camera,DEV=0", "plughw:Camera", "hw:3,0", "hw:3"):
        assert choose_device(wanted, Direction.INPUT).index == 3
    for wanted in ("hw:CARD=Yeti,DEV=0", "hw:3,1"):
        with pytest.raises(AudioDeviceError, match="there is no input device"):
            choose_device(wanted, Direction.INPUT)


def test_renumbered_card_is_found_by_the_rest_of_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, FakeSound(ROOM, default=(1, 2)))
    assert choose_device("USB Camera: Audio (hw:7,0)", Direction.INPUT).index == 3
    with pytest.raises(AudioDeviceError, match="there is no input device"):
        choose_device("(hw:7,0)", Direction.INPUT)


def test_without_a_default_the_first_suitable_device_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, FakeSound(ROOM))
    assert choose_device("default", Direction.OUTPUT).index == 0


@pytest.mark.parametrize("wanted", ["Jabra", "9", "usb speaker"])
def test_unknown_name_lists_the_devices(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    use(monkeypatch, FakeSound(ROOM, default=(1, 2)))
    with pytest.raises(AudioDeviceError) as error:
        choose_device(wanted, Direction.INPUT)
    text = str(error.value)
    assert repr(wanted) in text
    assert "audio.input" in text
    assert "'USB Camera: Audio (hw:3,0)' (3)" in text
    assert "`marvin devices`" in text


def test_ambiguous_name_lists_the_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeSound(ROOM, default=(1, 2)))
    with pytest.raises(AudioDeviceError, match=r"more than one device: 'USB Micro.*'USB Camera"):
        choose_device("usb", Direction.INPUT)


def test_without_devices_the_message_says_how_to_list_them(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeSound([]))
    with pytest.raises(AudioDeviceError, match=r"no input device.*`marvin devices`"):
        choose_device("default", Direction.INPUT)


def test_missing_portaudio_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(AudioDeviceError, match="sudo apt install libportaudio2"):
        list_devices()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(AudioDeviceError, match="brew install portaudio"):
        list_devices()


@pytest.mark.parametrize("endpoint", ["", "alsa_output.usb-Yeti"])
def test_chosen_sound_server_device_is_the_one_opened(
    monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    aims = []

    class Aimed(FakeSound):
        def OutputStream(self, **options: object) -> Stream:  # noqa: N802 (its name in sounddevice)
            aims.append(os.environ.get("PULSE_SINK", ""))
            return super().OutputStream(**options)

    use(monkeypatch, Aimed([device("pulse", outputs=2)], default=(0, 0)))
    chosen = replace(choose_device("pulse", Direction.OUTPUT), endpoint=endpoint)
    stream, _ = open_stream(chosen, Direction.OUTPUT, print, print, block_s=0.1)
    stream.close()
    assert aims == [endpoint]
    assert "PULSE_SINK" not in os.environ
