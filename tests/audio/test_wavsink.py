"""A WAV file as a speaker: valid at any moment, and in step with the clock."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from marvin.audio.wavfile import WavSink
from marvin.errors import AudioFileError
from marvin.types import AudioChunk
from tests.audio.sounds import chunks_of, pitch_hz, tone
from tests.virtual import in_virtual_time

soundfile = pytest.importorskip("soundfile")


async def test_first_chunk_sets_the_rate_and_others_are_resampled(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    sink.open()
    for chunk in chunks_of(tone(0.5, 22_050), 22_050) + chunks_of(tone(0.5, 48_000), 48_000):
        await sink.play(chunk)
    await sink.drained()
    sink.close()
    samples, rate_hz = soundfile.read(tmp_path / "a.wav")
    info = soundfile.info(tmp_path / "a.wav")
    assert (rate_hz, info.channels, info.subtype) == (22_050, 1, "PCM_16")
    assert len(samples) == pytest.approx(22_050, abs=2)
    assert pitch_hz(samples, rate_hz) == pytest.approx(440.0, abs=1.5)


async def test_configured_rate_is_used(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav", rate_hz=8_000)
    for chunk in chunks_of(tone(0.5, 22_050), 22_050):
        await sink.play(chunk)
    sink.close()
    info = soundfile.info(tmp_path / "a.wav")
    assert info.samplerate == 8_000
    assert info.frames == pytest.approx(4_000, abs=2)


async def test_without_speech_the_file_is_valid_and_empty(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    sink.open()
    sink.close()
    assert soundfile.info(tmp_path / "a.wav").frames == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.wav", ("WAV", "PCM_16")),
        ("a", ("WAV", "PCM_16")),
        ("a.WAV", ("WAV", "PCM_16")),
        ("a.mp3", ("MP3", "MPEG_LAYER_III")),
        ("a.MP3", ("MP3", "MPEG_LAYER_III")),
        ("a.flac", ("FLAC", "PCM_16")),
        ("a.ogg", ("OGG", "VORBIS")),
        ("a.opus", ("OGG", "OPUS")),
        ("a.aiff", ("AIFF", "PCM_16")),
        ("a b.au", ("AU", "PCM_16")),
        ("a.caf", ("CAF", "PCM_16")),
    ],
)
async def test_file_extension_sets_the_format(
    tmp_path: Path, name: str, kind: tuple[str, str]
) -> None:
    sink = WavSink(tmp_path / name)
    sink.open()
    for chunk in chunks_of(tone(0.5, 22_050), 22_050):
        await sink.play(chunk)
    sink.close()
    info = soundfile.info(tmp_path / name)
    assert (info.format, info.subtype) == kind
    assert info.duration == pytest.approx(0.5, abs=0.1)
    samples, rate_hz = soundfile.read(tmp_path / name)
    assert pitch_hz(samples, rate_hz) == pytest.approx(440.0, abs=3)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.m4a", "a.aac", "a.txt", "a.wv", "reply.v2"])
def test_unwritable_extension_is_refused_and_the_supported_ones_listed(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(AudioFileError, match=r"use one of \.wav, \.flac, \.mp3, \.ogg"):
        WavSink(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "nowhere/a.mp3"])
def test_unwritable_format_is_refused_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.flac").mkdir()
    with pytest.raises(AudioFileError, match=r"is a directory|there is no folder .*nowhere"):
        WavSink(tmp_path / (name or "a.flac")).open()


async def test_file_is_valid_after_every_chunk(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    for count, chunk in enumerate(chunks_of(tone(0.2), 16_000, 640), 1):
        await sink.play(chunk)
        assert soundfile.info(tmp_path / "a.wav").frames == count * 640
    sink.close()


async def test_volume_is_applied(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    sink.set_volume(0.5)
    await sink.play(AudioChunk(tone(0.2)))
    sink.close()
    samples, _ = soundfile.read(tmp_path / "a.wav")
    assert np.abs(samples).max() == pytest.approx(0.15, abs=0.001)


@pytest.mark.parametrize("name", ["", "nowhere/a.wav"])
async def test_unwritable_path_is_reported_before_anything_runs(tmp_path: Path, name: str) -> None:
    with pytest.raises(AudioFileError, match=r"is a directory|there is no folder"):
        WavSink(tmp_path / name).open()


def test_read_only_folder_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        # Root ignores the mode of a folder.
        os.chmod(tmp_path.parent, 0o755)
        os.chmod(tmp_path.parent.parent, 0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(AudioFileError, match="cannot be written"):
            WavSink(tmp_path / "a.wav").open()
    finally:
        if root:
            os.seteuid(0)
            os.chmod(tmp_path.parent, 0o700)
            os.chmod(tmp_path.parent.parent, 0o700)
        tmp_path.chmod(0o755)


def test_full_disk_is_an_error_with_a_message() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(AudioFileError, match="No space left"):
        WavSink("/dev/full").open()


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_realtime_takes_as_long_as_playback(tmp_path: Path) -> None:
    async def play() -> None:
        sink = WavSink(tmp_path / "a.wav", realtime=True)
        for chunk in chunks_of(tone(0.4), 16_000):
            await sink.play(chunk)
        assert now_s() == 0.0
        for _ in range(2):
            await sink.drained()
            assert now_s() == pytest.approx(0.4, abs=0.01)
        sink.close()

    in_virtual_time(play())


def test_play_waits_when_much_is_queued(tmp_path: Path) -> None:
    async def play() -> None:
        sink = WavSink(tmp_path / "a.wav", realtime=True)
        await sink.play(AudioChunk(tone(3.9)))
        assert now_s() == 0.0
        await sink.play(AudioChunk(tone(0.3)))
        assert now_s() == pytest.approx(0.2, abs=0.01)
        sink.close()

    in_virtual_time(play())


def test_flush_removes_unheard_audio_with_a_fade(tmp_path: Path) -> None:
    async def play() -> None:
        sink = WavSink(tmp_path / "a.wav", realtime=True)
        await sink.play(AudioChunk(tone(2.0)))
        await asyncio.sleep(0.2)
        assert sink.flush() == pytest.approx(1.8, abs=0.02)
        samples, _ = soundfile.read(tmp_path / "a.wav")
        assert len(samples) / 16_000 == pytest.approx(0.2, abs=0.02)
        assert abs(samples[-1]) < 0.01
        await sink.drained()
        assert now_s() == pytest.approx(0.2, abs=0.02)
        await sink.play(AudioChunk(tone(0.1)))
        sink.close()
        after, _ = soundfile.read(tmp_path / "a.wav")
        assert len(after) == len(samples) + 1_600

    in_virtual_time(play())


async def test_flush_at_full_speed_keeps_everything(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    await sink.play(AudioChunk(tone(1.0)))
    sink.flush()
    sink.close()
    assert soundfile.info(tmp_path / "a.wav").frames == 16_000


async def test_inner_sink_gets_the_same_audio(tmp_path: Path) -> None:
    events: list[object] = []

    class Through:
        async def play(self, chunk: AudioChunk) -> None:
            events.append(len(chunk.samples))

        async def drained(self) -> None:
            events.append("drained")

        def flush(self) -> float:
            events.append("flush")
            return 0.0

        def set_volume(self, volume: float) -> None:
            events.append(volume)

    sink = WavSink(tmp_path / "a.wav", play_through=Through())
    sink.set_volume(0.3)
    await sink.play(AudioChunk(tone(0.1)))
    await sink.drained()
    sink.flush()
    sink.close()
    assert events == [0.3, 1_600, "drained", "flush"]


_ENDLESS = """
import asyncio, signal, sys
import numpy as np
from marvin.audio.wavfile import WavSink
from marvin.types import AudioChunk

# Whoever runs the tests in the background of a shell hands down that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

async def main():
    sink = WavSink(sys.argv[1])
    sink.open()
    print("open", flush=True)
    at = 0
    while True:
        await sink.play(AudioChunk(np.full(441, 0.5, np.float32), 44_100, at))
        at += 441
        await asyncio.sleep(0)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_file_is_valid_however_the_process_ends(tmp_path: Path, how: signal.Signals) -> None:
    path = tmp_path / "a.wav"
    with subprocess.Popen(
        [sys.executable, "-c", _ENDLESS, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while path.stat().st_size < 10_000:
            time.sleep(0.01)
        process.send_signal(how)
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == 44_100
    assert len(samples) > 441
    assert np.abs(samples - 0.5).max() < 0.001
