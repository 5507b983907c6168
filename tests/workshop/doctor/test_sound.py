"""PortAudio, the devices and their rates, and a two-second recording of a room."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from marvin.audio.devices import Direction
from marvin.errors import AudioDeviceError
from marvin.types import Samples
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.sound import device, judge_recording, portaudio, recording, sound_checks
from tests.workshop.doctor.described import MICROPHONE, described, raising, room

UNMUTE = "unmute it"


def test_healthy_sound_system_passes(tmp_path: Path) -> None:
    found = examine([sound_checks(Patient(described(tmp_path)), record=True)])
    assert [one.name for one in found] == ["portaudio", "speaker", "microphone", "recording"]
    assert {one.level for one in found} == {Level.OK}
    assert found[0].text == "loads; inputs: 1, outputs: 1"


def test_recording_can_be_left_out(tmp_path: Path) -> None:
    system = described(tmp_path, record=raising(AssertionError("it listens")))
    found = examine([sound_checks(Patient(system), record=False)])
    assert [one.name for one in found] == ["portaudio", "speaker", "microphone"]


def test_without_portaudio_no_other_sound_check_runs(tmp_path: Path) -> None:
    system = described(tmp_path, devices=raising(AudioDeviceError("sound needs PortAudio")))
    found = examine([sound_checks(Patient(system), record=True)])
    assert [(one.name, one.level) for one in found] == [("portaudio", Level.FAIL)]
    assert found[0].cure == "sudo apt install libportaudio2"
    assert portaudio(replace(system, platform="darwin")).cure == "brew install portaudio"


def test_missing_microphone_is_not_recorded(tmp_path: Path) -> None:
    system = described(tmp_path, choose=raising(AudioDeviceError("there is no input device 'x'")))
    found = examine([sound_checks(Patient(system), record=True)])
    assert [one.name for one in found] == ["portaudio", "speaker", "microphone"]
    assert (found[2].level, found[2].cure) == (Level.FAIL, "marvin devices")
    assert found[2].text == "there is no input device 'x'"


def test_device_used_by_another_program_is_named(tmp_path: Path) -> None:
    system = described(tmp_path, rate_hz=raising(AudioDeviceError("it does not open")))
    found = device(system, "default", Direction.OUTPUT)
    assert (found.name, found.level, found.text) == ("speaker", Level.FAIL, "it does not open")
    assert "fuser" in found.cure


@pytest.mark.parametrize(
    ("rate_hz", "level", "text"),
    [
        (48_000, Level.OK, "USB Microphone (ALSA), 48000 Hz, resampled to 16000 Hz"),
        (16_000, Level.OK, "USB Microphone (ALSA), 16000 Hz, as Marvin hears (its own: 48000 Hz)"),
        (8_000, Level.WARN, "USB Microphone (ALSA) has only 8000 Hz: half of speech is lost"),
    ],
)
def test_microphone_rate_is_shown(tmp_path: Path, rate_hz: int, level: Level, text: str) -> None:
    system = described(tmp_path, rate_hz=lambda device, direction: rate_hz)
    found = device(system, "default", Direction.INPUT)
    assert (found.level, found.text) == (level, text)


def test_speaker_rate_is_its_own(tmp_path: Path) -> None:
    found = device(described(tmp_path), "default", Direction.OUTPUT)
    assert found.text == "USB Speaker (ALSA), 48000 Hz"


def clipped() -> Samples:
    loud = room(-12.0)
    loud[8_000:8_400] = 1.0
    return loud


@pytest.mark.parametrize(
    ("samples", "level", "text"),
    [
        (room(), Level.OK, "level -60, peak -47, noise floor -61 dBFS, no clipping"),
        (np.zeros(32_000, np.float32), Level.FAIL, "all zeros: the microphone is muted or "),
        (np.full(32_000, 1 / 32768, np.float32), Level.FAIL, "only the lowest bit: quieter"),
        (np.zeros(0, np.float32), Level.FAIL, "the microphone sent only 0.0 s of"),
        (room(seconds=0.5), Level.FAIL, "the microphone sent only 0.5 s of audio"),
        (clipped(), Level.WARN, "clipping: too loud for the microphone"),
        (room(-30.0), Level.WARN, "noise floor -31 dBFS; the room is loud, or the gain is too"),
        (room(-75.0), Level.WARN, "peak -62, noise floor -76 dBFS; very quiet"),
    ],
)
def test_two_second_recording_is_judged(samples: Samples, level: Level, text: str) -> None:
    found = judge_recording(samples, UNMUTE)
    assert found.level is level
    assert text in found.text
    assert bool(found.cure) is (level is not Level.OK)


def test_speech_in_a_quiet_room_does_not_raise_its_noise_floor() -> None:
    samples = room(-60.0)
    samples[8_000:24_000] += room(-20.0, 1.0)
    assert "noise floor -60 dBFS, no clipping" in judge_recording(samples, UNMUTE).text


def test_single_click_is_not_clipping() -> None:
    samples = room()
    samples[100:102] = 1.0
    assert judge_recording(samples, UNMUTE).level is Level.OK


@pytest.mark.parametrize(
    ("platform", "server", "cure"),
    [
        ("linux", {"PULSE_SERVER": "unix:/x"}, "pactl set-source-mute @DEFAULT_SOURCE@ 0"),
        ("linux", {}, "alsamixer"),
        ("darwin", {}, "Privacy_Microphone"),
    ],
)
def test_advice_on_unmuting_fits_the_machine(
    tmp_path: Path, platform: str, server: dict[str, str], cure: str
) -> None:
    mute = np.zeros(32_000, np.float32)
    system = described(
        tmp_path, platform=platform, environment=server, record=lambda wanted, seconds: mute
    )
    assert cure in recording(system, "default").cure


def test_unmuting_advice_is_for_the_configured_microphone(tmp_path: Path) -> None:
    system = described(
        tmp_path,
        environment={"PULSE_SERVER": "unix:/x"},
        record=lambda wanted, seconds: np.zeros(32_000, np.float32),
        choose=lambda wanted, direction: replace(MICROPHONE, endpoint="alsa_in.yeti"),
    )
    assert "pactl set-source-mute alsa_in.yeti 0 " in recording(system, "yeti").cure


def test_failed_recording_says_why(tmp_path: Path) -> None:
    system = described(tmp_path, record=raising(AudioDeviceError("it was unplugged")))
    found = recording(system, "default")
    assert (found.level, found.text) == (Level.FAIL, "it was unplugged")
