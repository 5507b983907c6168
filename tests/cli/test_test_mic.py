"""`marvin test-mic` as users see it: live, from files, in a pipe."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from marvin.audio.wavwriter import WavWriter
from marvin.cli.commands.microphone import AudioOrigin
from marvin.cli.commands.screen import Screen
from marvin.cli.main import main
from marvin.config.wake import AstConfig
from marvin.types import RATE_HZ, Samples
from marvin.workshop.test_mic.heard_recordings import RecordingSource
from marvin.workshop.test_mic.monitor import Monitor
from tests.audio.pulse import Pulse
from tests.audio.pulse import pulse as pulse
from tests.cli.living_room import (
    LivingRoom,
    hiss,
    spoken_word,
    tones,
    use_loudness,
)
from tests.paths import DATA, SAMPLES
from tests.workshop.mic.observations import Stream

TWO_QUESTIONS = str(SAMPLES / "two_questions.wav")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the home of the user who runs them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def wav(path: Path, samples: Samples) -> str:
    writer = WavWriter(path, RATE_HZ)
    writer.open()
    writer.append(samples)
    writer.close()
    return str(path)


def test_each_second_and_each_detection_is_a_json_object(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["test-mic", "--input", TWO_QUESTIONS, "--json"]) == 0
    lines = objects(capsys)
    assert lines[0] == {"event": "source", "name": TWO_QUESTIONS, "rate_hz": None}
    assert [line["at_s"] for line in lines if line["event"] == "second"] == [*range(1, 10)]
    detections = [line for line in lines if line["event"] == "detection"]
    assert [line["at_s"] for line in detections] == [
        pytest.approx(at_s, abs=0.4) for at_s in (1.6, 6.8)
    ]
    assert (lines[-1]["event"], lines[-1]["detections"]) == ("summary", 2)


def test_without_a_terminal_there_is_one_line_per_second(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["test-mic", "--input", TWO_QUESTIONS, "--seconds", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(" dBFS  peak " in line for line in lines) == 3
    assert any("heard, score " in line for line in lines)
    assert lines[-1].startswith("3.0 s: 1 detection, 0 near-misses; loudest -10 dBFS")


def test_several_recordings_are_one_stream(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test-mic", "--json", "--input", *[TWO_QUESTIONS] * 2]) == 0
    assert objects(capsys)[-1]["detections"] == 4


def test_microphone_is_shown_with_its_real_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    LivingRoom().install(monkeypatch)
    assert main(["test-mic", "--seconds", "2"]) == 0
    assert capsys.readouterr().out.startswith("Podcast USB (ALSA), 44100 Hz\n")


def test_dead_microphone_is_reported_with_advice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = LivingRoom()
    room.noise = 0.0
    room.install(monkeypatch)
    assert main(["test-mic", "--seconds", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "only zeros: muted?" not in lines[2]
    assert "only zeros: muted?" in lines[3]
    assert "`marvin devices`" in lines[-1]


def test_clipping_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loud = wav(tmp_path / "loud.wav", np.clip(hiss(2.0, 1.0), -1, 1))
    assert main(["test-mic", "--input", loud]) == 0
    assert "too loud" in capsys.readouterr().out


def test_ctrl_c_ends_with_a_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = LivingRoom()
    room.interrupt_after_s = 2.0
    room.install(monkeypatch)
    assert main(["test-mic", "--json"]) == 0
    assert objects(capsys)[-1]["event"] == "summary"
    assert room.heard_s < 10


def test_detections_and_near_misses_are_kept_only_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_loudness(monkeypatch)
    folder = tmp_path / "clips"
    heard = wav(tmp_path / "heard.wav", tones(0.9, 0.45, 0.8))
    assert main(["test-mic", "--json", "--input", heard]) == 0
    lines = objects(capsys)
    assert [line["at_s"] for line in lines if line["event"] == "detection"] == [0.04, 3.04]
    assert [line["kind"] for line in lines if line["event"] == "near_miss"] == ["rejected"]
    assert not folder.exists()
    assert main(["test-mic", "--input", heard, "--record", str(folder)]) == 0
    kept = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.wav"))
    assert kept == [
        "near/near-0001-score0.45.wav",
        "said/wake-0001-score0.90.wav",
        "said/wake-0002-score0.80.wav",
    ]
    assert f"marvin wake train marvin --recordings {folder}/said\n" in capsys.readouterr().out


def test_noise_is_not_a_near_miss_and_without_a_word_there_is_nothing_to_train_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = wav(tmp_path / "noise.wav", hiss(5.0, 0.1))
    assert main(["test-mic", "--input", noise, "--record", str(tmp_path / "clips")]) == 0
    out = capsys.readouterr().out
    assert "0 detections, 0 near-misses;" in out
    assert f"kept 0 detections in {tmp_path / 'clips' / 'said'} and 0 near-misses" in out
    assert "wake train" not in out


@pytest.mark.skipif(not DATA.is_dir(), reason="no real recordings in ../shared/data")
def test_real_word_among_others_is_detected(capsys: pytest.CaptureFixture[str]) -> None:
    other = sorted((DATA / "wake" / "words35").glob("*.wav"))[:10]
    word = DATA / "wake" / "marvin" / "felixchenfy_marvin.wav"
    assert main(["test-mic", "--json", "--input", *map(str, [*other, word])]) == 0
    lines = objects(capsys)
    before_s = float(str(lines[-1]["seconds"])) - 2.0
    detections = [line["at_s"] for line in lines if line["event"] == "detection"]
    assert len(detections) == 1
    assert float(str(detections[0])) > before_s


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--calibrate", "--seconds", "9"], "--words and --minutes instead"),
        (["--calibrate", "--input", TWO_QUESTIONS], "needs at least two files"),
        (["--input", "no-such.wav"], "no-such.wav does not exist"),
        (["--input", __file__], "is not an audio file"),
        (["--input", TWO_QUESTIONS, "--record", f"{__file__}/clips"], "not writable"),
    ],
)
def test_mistakes_are_reported_before_anything_is_loaded(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test-mic", *arguments]) == 1
    out, errors = capsys.readouterr()
    assert (out, errors.count("\n")) == ("", 1)
    assert message in errors


def test_threshold_outside_0_and_1_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "models.toml"
    config.write_text("[wake]\nthreshold = 1.5\n")
    assert main(["test-mic", "--input", TWO_QUESTIONS, "--config", str(config)]) == 78
    assert "wake.threshold" in capsys.readouterr().err


def test_without_a_microphone_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("marvin.audio.devices.list_devices", lambda: ())
    assert main(["test-mic"]) == 1
    error = capsys.readouterr().err
    assert "no input device" in error
    assert "or use a recording: --input FILE" in error


@pytest.mark.parametrize("width", [80, 60])
def test_live_view_fits_and_its_bars_are_aligned(width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, width=width)
    files = (Path(TWO_QUESTIONS),)
    screen = Screen(AstConfig(), AudioOrigin(RecordingSource(files), None, files), console)
    monitor, stream = Monitor(AstConfig()), Stream()
    observation = stream.observe(0.6, voice=True, detected=0.7, second=0.7)
    screen.begin()
    screen.show(observation, monitor, monitor.process(observation))
    screen.end()
    lines = re.sub(r"\x1b\[\??\d*[a-zA-Z]", "", out.getvalue()).splitlines()
    assert max(map(len, lines)) <= width
    bars = [line for line in lines if line.startswith(("level", "wake", "2nd look"))][-3:]
    ends = {(re.search("[━┃─]", line).start(), line.rindex("─")) for line in bars}  # type: ignore[union-attr]
    assert ends == {(9, width - 30)}
    assert "candidate 0.10" in bars[1]
    assert "0.70  threshold 0.50" in bars[2]
    assert any(line.startswith("heard    1 detection, 0 near-misses") for line in lines)


def test_works_with_a_sound_card(pulse: Pulse, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "marvin", "test-mic", "--json", "--seconds", "6"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **pulse.environment, "XDG_CONFIG_HOME": str(tmp_path)},
    )
    assert process.stdout is not None
    source = json.loads(process.stdout.readline())
    assert source["rate_hz"] > 0
    sample = str(SAMPLES / "what_time_is_it.wav")
    subprocess.run(["paplay", sample], env={**os.environ, **pulse.environment}, check=True)
    lines = [json.loads(line) for line in process.communicate(timeout=300)[0].splitlines()]
    assert process.returncode == 0
    assert lines[-1]["event"] == "summary"
    assert lines[-1]["detections"] == 1


def test_cut_out_word_has_a_plausible_length() -> None:
    # The calibration tests depend on it.
    assert 0.8 < len(spoken_word()) / RATE_HZ < 0.9
