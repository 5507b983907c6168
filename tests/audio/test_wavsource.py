"""Audio files as a microphone: formats, faults and lengths."""

import asyncio
import logging
import os
import struct
import tracemalloc
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from marvin.audio.wavfile import WavSource
from marvin.errors import AudioFileError
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from tests.audio.sounds import pitch_hz, tone
from tests.virtual import in_virtual_time

soundfile = pytest.importorskip("soundfile")


async def read(path: Path, realtime: bool = False) -> list[AudioChunk]:
    async with aclosing(WavSource(path, realtime).chunks()) as chunks:
        return [chunk async for chunk in chunks]


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"])
async def test_every_wav_format_keeps_pitch_level_and_length(
    tmp_path: Path, rate_hz: int, channels: int, subtype: str
) -> None:
    samples = tone(1.3, rate_hz)
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.stack([samples] * channels, axis=1), rate_hz, subtype=subtype)
    chunks = await read(path)
    heard = joined(chunks)
    assert len(heard) == pytest.approx(1.3 * RATE_HZ, abs=2)
    assert pitch_hz(heard, RATE_HZ) == pytest.approx(440.0, abs=1.0)
    assert np.abs(heard[2000:-2000]).max() == pytest.approx(0.3, abs=0.01)
    assert heard.dtype == np.float32
    assert {len(chunk.samples) for chunk in chunks[:-1]} == {CHUNK_SAMPLES}
    assert [chunk.start for chunk in chunks] == [CHUNK_SAMPLES * i for i in range(len(chunks))]


@pytest.mark.parametrize("name", ["tone.flac", "tone.ogg", "tone.mp3", "tone.aiff"])
async def test_other_formats_are_read(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, tone(1.0, 44_100), 44_100)
    heard = joined(await read(tmp_path / name))
    assert len(heard) == pytest.approx(RATE_HZ, abs=1_500)
    assert pitch_hz(heard, RATE_HZ) == pytest.approx(440.0, abs=1.5)


async def test_channels_are_mixed(tmp_path: Path) -> None:
    left = tone(0.5)
    soundfile.write(tmp_path / "a.wav", np.stack([left, -left, left, left], axis=1), RATE_HZ)
    assert np.abs(joined(await read(tmp_path / "a.wav"))).max() == pytest.approx(0.15, abs=0.01)


async def test_file_shorter_than_a_chunk(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(0.01), RATE_HZ)
    (chunk,) = await read(tmp_path / "a.wav")
    assert (chunk.start, len(chunk.samples)) == (0, 160)


async def test_nan_samples_become_silence(tmp_path: Path) -> None:
    samples = tone(0.5, 48_000)
    samples[100:200] = np.nan
    samples[300] = np.inf
    soundfile.write(tmp_path / "a.wav", samples, 48_000, subtype="FLOAT")
    assert np.isfinite(joined(await read(tmp_path / "a.wav"))).all()


async def test_absurdly_large_floats_do_not_become_infinite(tmp_path: Path) -> None:
    samples = np.full((4_800, 2), 3e38, np.float32)
    samples[::2] *= -1
    soundfile.write(tmp_path / "a.wav", samples, 48_000, subtype="FLOAT")
    assert np.isfinite(joined(await read(tmp_path / "a.wav"))).all()


async def test_raw_audio_is_refused_by_its_extension(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(b"\0\1" * 1_000)
    with pytest.raises(AudioFileError, match="raw audio without a header"):
        WavSource(path).check()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"this is no audio at all", "formats: WAV, FLAC"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "formats: WAV, FLAC"),
        (os.urandom(3000), "formats: WAV, FLAC"),
    ],
)
async def test_file_that_is_not_audio_is_named(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(AudioFileError, match=message) as error:
        await read(path)
    assert str(path) in str(error.value)
    with pytest.raises(AudioFileError):
        WavSource(path).check()


async def test_header_without_audio_is_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0, np.float32), RATE_HZ)
    with pytest.raises(AudioFileError, match="no audio in it"):
        await read(tmp_path / "a.wav")


async def test_missing_file_gets_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "Question.wav").touch()
    with pytest.raises(AudioFileError, match=r"did you mean .*Question\.wav\?"):
        await read(tmp_path / "question1.wav")
    with pytest.raises(AudioFileError, match=r"does not exist$"):
        await read(tmp_path / "zzz")
    with pytest.raises(AudioFileError, match="nor can the folder"):
        await read(tmp_path / "nowhere" / "a.wav")


async def test_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="is a directory"):
        await read(tmp_path)


async def test_device_file_is_refused_whatever_its_permissions() -> None:
    with pytest.raises(AudioFileError, match=r"cannot be read: is a device, not a file$"):
        await read(Path("/dev/zero"))


async def test_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.1), RATE_HZ)
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(
            AudioFileError, match="cannot be read: Permission denied; `ls -l` shows"
        ):
            await read(path)
    finally:
        if root:
            os.seteuid(0)


async def test_truncated_wav_is_played_as_far_as_it_goes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(1.0), RATE_HZ)
    path.write_bytes(path.read_bytes()[: 44 + 2 * 8_001])
    heard = joined(await read(path))
    assert len(heard) == 8_001
    assert "cut short: its header promises 32000 bytes" in caplog.text


async def test_wav_from_a_pipe_without_a_length_is_played(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.5), RATE_HZ)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff" * 4
    path.write_bytes(data)
    assert len(joined(await read(path))) == 8_000
    assert caplog.text == ""


async def test_damage_in_the_middle_ends_the_file_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.flac"
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 10 * RATE_HZ)
    soundfile.write(path, noise, RATE_HZ)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert 3.5 < len(joined(await read(path))) / RATE_HZ <= 5.0
    assert "is damaged after" in caplog.text


def silent_wav(path: Path, seconds: int, rate_hz: int) -> None:
    """A sparse file: only its header takes space on disk."""
    size = 2 * seconds * rate_hz
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    with path.open("wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form)
        file.write(struct.pack("<4sI", b"data", size))
        file.truncate(44 + size)


@pytest.mark.parametrize(("seconds", "rate_hz"), [(3600, 16_000), (900, 48_000)])
async def test_an_hour_needs_no_more_memory_than_a_minute(
    tmp_path: Path, seconds: int, rate_hz: int
) -> None:
    path = tmp_path / "hour.wav"
    silent_wav(path, seconds, rate_hz)
    end = 0
    async with aclosing(WavSource(path).chunks()) as chunks:
        await anext(chunks)
        tracemalloc.start()
        try:
            async for chunk in chunks:
                end = chunk.end
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert end == seconds * RATE_HZ
    assert peak < 4_000_000


def test_realtime_playback_does_not_drift(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(0.8), RATE_HZ)

    async def listen() -> None:
        source = WavSource(tmp_path / "a.wav", realtime=True)
        assert source.live
        now_s = asyncio.get_running_loop().time
        async with aclosing(source.chunks()) as chunks:
            async for chunk in chunks:
                assert now_s() == pytest.approx(chunk.end / RATE_HZ, abs=0.001)
                # Twenty pauses of 10 ms in the listener add nothing.
                await asyncio.sleep(0.01)
        assert now_s() == pytest.approx(0.81, abs=0.001)

    in_virtual_time(listen())


async def test_reading_lets_other_tasks_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    silent_wav(tmp_path / "a.wav", 120, RATE_HZ)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(tick())
    with caplog.at_level(logging.WARNING):
        await read(tmp_path / "a.wav")
    other.cancel()
    assert ticks >= 120
