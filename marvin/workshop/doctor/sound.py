"""Checks PortAudio, the configured devices, and two seconds of audio."""

from functools import partial

import numpy as np

from marvin.audio.devices import Device, Direction
from marvin.errors import AudioDeviceError
from marvin.pcm import level_dbfs
from marvin.types import RATE_HZ, Samples
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.sound_server import pulse_place
from marvin.workshop.doctor.system import System

RECORDING_S = 2.0
"""Length of the recording, in seconds."""
_DEAD_PEAK = 10 / 32768
"""Peak below which a microphone is dead: a working one has more noise."""
_FAINT_DBFS = -60.0
"""A peak below is hardly above electronic noise."""
_LOUD_ROOM_DBFS = -35.0
_CLIPPED = 32766 / 32768
_CLIPPED_SHARE = 1e-4
_BLOCK = RATE_HZ // 50
_FLOOR_PERCENT = 10
"""Percentile of block levels taken as the room's noise floor."""

_HANGS = fail(
    "portaudio",
    "the sound system does not answer",
    "systemctl --user restart pipewire pipewire-pulse  (PulseAudio: pulseaudio -k)",
)


def sound_checks(patient: Patient, *, record: bool) -> Lane:
    """Sequential, because PortAudio is not thread-safe."""
    system, audio = patient.system, patient.config.audio
    hearing = [Check("recording", partial(recording, system, audio.input), RECORDING_S + 5)]
    return (
        Check("portaudio", partial(portaudio, system), gate=True, late=_HANGS),
        Check("speaker", partial(device, system, audio.output, Direction.OUTPUT)),
        Check("microphone", partial(device, system, audio.input, Direction.INPUT), gate=True),
        *(hearing if record else ()),
    )


def portaudio(system: System) -> Finding:
    """Whether the library loads and lists devices."""
    try:
        found = system.devices()
    except AudioDeviceError as error:
        return fail("portaudio", str(error), _install(system))
    inputs = sum(device.input_channels > 0 for device in found)
    outputs = sum(device.output_channels > 0 for device in found)
    return ok("portaudio", f"loads; inputs: {inputs}, outputs: {outputs}")


def _install(system: System) -> str:
    if system.platform == "darwin":
        return "brew install portaudio"
    return "sudo apt install libportaudio2"


def device(system: System, wanted: str, direction: Direction) -> Finding:
    """Whether the configured device exists, and its sample rate."""
    name = "microphone" if direction is Direction.INPUT else "speaker"
    try:
        chosen = system.choose(wanted, direction)
    except AudioDeviceError as error:
        return fail(name, str(error), "marvin devices")
    try:
        rate_hz = system.rate_hz(chosen, direction)
    except AudioDeviceError as error:
        return fail(name, str(error), "systemctl --user stop marvin; fuser -v /dev/snd/*")
    if direction is Direction.INPUT and rate_hz < RATE_HZ:
        return warn(
            name,
            f"{chosen.name} ({chosen.host_api}) has only {rate_hz} Hz: half of speech is lost",
            "marvin devices  (headset: use its music profile, or another microphone)",
        )
    return ok(name, f"{chosen.name} ({chosen.host_api}), {_rate(chosen, rate_hz, direction)}")


def _rate(chosen: Device, rate_hz: int, direction: Direction) -> str:
    own = "" if rate_hz == chosen.default_rate_hz else f" (its own: {chosen.default_rate_hz} Hz)"
    if direction is Direction.OUTPUT:
        return f"{rate_hz} Hz{own}"
    if rate_hz == RATE_HZ:
        return f"{rate_hz} Hz, as Marvin hears{own}"
    return f"{rate_hz} Hz, resampled to {RATE_HZ} Hz{own}"


def recording(system: System, wanted: str) -> Finding:
    """Record two seconds; nothing is kept."""
    try:
        samples = system.record(wanted, RECORDING_S)
    except AudioDeviceError as error:
        return fail("recording", str(error), "marvin test-mic")
    return judge_recording(samples, _unmute(system, wanted))


def judge_recording(samples: Samples, unmute: str) -> Finding:
    """Judge a recording at RATE_HZ; `unmute` is the command to suggest."""
    seconds = len(samples) / RATE_HZ
    if seconds < RECORDING_S / 2:
        return fail(
            "recording",
            f"the microphone sent only {seconds:.1f} s of audio in {RECORDING_S:g} s",
            "systemctl --user restart pipewire pipewire-pulse  (or reconnect it)",
        )
    magnitudes = np.abs(samples)
    highest = float(magnitudes.max())
    if highest == 0.0:
        return fail("recording", "all zeros: the microphone is muted or switched off", unmute)
    if highest <= _DEAD_PEAK:
        return fail("recording", "only the lowest bit: quieter than any microphone", unmute)
    peak_dbfs = 20 * float(np.log10(highest))
    floor_dbfs = _floor_dbfs(samples)
    heard = (
        f"level {level_dbfs(samples):.0f}, peak {peak_dbfs:.0f}, noise floor {floor_dbfs:.0f} dBFS"
    )
    if np.count_nonzero(magnitudes >= _CLIPPED) > _CLIPPED_SHARE * len(samples):
        text = f"{heard}; clipping: too loud for the microphone"
        return warn("recording", text, "marvin test-mic  (lower the input volume until it stops)")
    if floor_dbfs > _LOUD_ROOM_DBFS:
        text = f"{heard}; the room is loud, or the gain is too high"
        return warn("recording", text, "marvin test-mic --calibrate")
    if peak_dbfs < _FAINT_DBFS:
        text = f"{heard}; very quiet"
        return warn("recording", text, "marvin test-mic  (speak, and raise the input volume)")
    return ok("recording", f"{heard}, no clipping")


def _floor_dbfs(samples: Samples) -> float:
    blocks = samples[: len(samples) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    return float(np.percentile([level_dbfs(block) for block in blocks], _FLOOR_PERCENT))


def _unmute(system: System, wanted: str) -> str:
    if system.platform == "darwin":
        return "open 'x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone'"
    if pulse_place(system) is not None:
        source = system.choose(wanted, Direction.INPUT).endpoint or "@DEFAULT_SOURCE@"
        return f"pactl set-source-mute {source} 0  (and the switch on the microphone)"
    return "alsamixer  (F4, then M and the volume; and the switch on the microphone)"
