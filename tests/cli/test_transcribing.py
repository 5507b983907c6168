"""`marvin transcribe` with times: subtitles and words."""

import re
from pathlib import Path

import numpy as np
import pytest

from marvin.cli.main import main
from tests.paths import SAMPLES
from tests.published import published

CUE = re.compile(r"(\d\d:\d\d:\d\d[,.]\d{3}) --> (\d\d:\d\d:\d\d[,.]\d{3})\n(.*)\n")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """The same question twice, seven seconds apart."""
    import soundfile

    samples, rate_hz = soundfile.read(SAMPLES / "what_time_is_it.wav")
    path = tmp_path / "talk.wav"
    soundfile.write(path, np.concatenate([samples, np.zeros(7 * rate_hz), samples]), rate_hz)
    return path


def test_subtitles_are_printed_in_both_formats(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", "--srt", str(talk)]) == 0
    srt = capsys.readouterr().out
    cues = CUE.findall(srt)
    assert [text for *_, text in cues] == ["what time is it"] * 2
    assert srt.startswith("1\n00:00:00,000 --> ")
    assert f"\n\n2\n{cues[1][0]}" in srt
    assert cues[0][1] <= cues[1][0]
    assert main(["transcribe", "--vtt", str(talk)]) == 0
    vtt = capsys.readouterr().out
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert CUE.findall(vtt) == [(a.replace(",", "."), b.replace(",", "."), c) for a, b, c in cues]


def test_each_recording_gets_a_file_that_is_not_replaced(
    talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not audio")
    command = ["transcribe", "--srt", str(broken), str(talk)]
    assert main(command) == 1
    assert "name a folder for their files: --output FOLDER" in capsys.readouterr().err
    folder = tmp_path / "new" / "subtitles"
    assert main([*command, "--output", str(broken)]) == 1
    assert "broken.wav cannot be made: File exists" in capsys.readouterr().err
    assert main([*command, str(talk), "--output", str(folder)]) == 1
    assert "broken.wav is not an audio file" in capsys.readouterr().err
    assert len(CUE.findall((folder / "talk.srt").read_text())) == 2
    assert [path.name for path in folder.iterdir()] == ["talk.srt"]
    assert main([*command, "--output", str(folder)]) == 1
    assert "talk.srt exists: delete it, or name another folder" in capsys.readouterr().err


def test_two_recordings_of_one_name_are_refused_before_the_work(
    talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "talk.mp3"
    assert main(["transcribe", "--srt", str(talk), str(other), "--output", str(tmp_path)]) == 1
    assert "would both be talk.srt: rename one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--output folder", "--output needs --srt, --vtt or --words"),
        ("--words", 'stt.engine = "sphinx" knows no times of words; "whisper" does'),
    ],
)
def test_what_cannot_be_is_refused(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", "-p", "embedded", *arguments.split(), "missing.wav"]) == 1
    assert message in capsys.readouterr().err


def test_words_count_from_the_beginning_of_the_recording(
    talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = tmp_path / "models.toml"
    toml.write_text(
        f'[stt]\nengine = "whisper"\nmodel = "{published("whisper-tiny.en")}"\ndevice = "cpu"\n'
        "[turn]\ntranscribe_s = 300\n"  # However busy the machine is.
    )
    assert main(["transcribe", "--config", str(toml), "--words", str(talk)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [text.strip(" .?,").lower() for *_, text in lines] == 2 * ["what", "time", "is", "it"]
    starts = [float(start) for start, *_ in lines]
    assert starts == sorted(starts)
    assert starts[3] < 7 < starts[4]
