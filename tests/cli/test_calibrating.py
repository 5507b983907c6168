"""`marvin test-mic --calibrate` turns spoken words and room noise into a threshold."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from marvin.cli.main import main
from marvin.config.loading import shipped_path
from marvin.types import RATE_HZ, Samples
from tests.cli.living_room import (
    DeafSpeaker,
    LivingRoom,
    hiss,
    read,
    spoken_word,
    tones,
    use_loudness,
)
from tests.cli.test_test_mic import home as home
from tests.cli.test_test_mic import objects, wav
from tests.paths import DATA

QUICK = ["test-mic", "--calibrate", "--words", "3", "--minutes", "0.1"]
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no real recordings in ../shared/data")


def words_and_pauses(count: int) -> Samples:
    """A recording with this many words."""
    parts = [part for at in range(count) for part in (spoken_word(at), hiss(0.8))]
    return np.concatenate([hiss(0.5), *parts])


def files(folder: Path, words: Samples, room: Samples) -> list[str]:
    return ["--input", wav(folder / "words.wav", words), wav(folder / "room.wav", room)]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose threshold is not the best for the spoken words."""
    path = tmp_path / "models.toml"
    path.write_text("[wake]\nthreshold = 1.0  # mine\n")
    return path


def test_it_asks_for_words_and_listens_to_the_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = LivingRoom(spoken_word(at) for at in range(3))
    room.install(monkeypatch)
    assert main([*QUICK, "--json"]) == 0
    lines = objects(capsys)
    asked = [line["number"] for line in lines if line["event"] == "ask"]
    said = [line for line in lines if line["event"] == "word"]
    assert (asked, room.chimes) == ([1, 2, 3], 3)
    assert [line["missed"] for line in said] == [False] * 3
    assert [line["at_s"] for line in lines if line["event"] == "second"] == [1, 2, 3, 4, 5, 6]
    summary = lines[-1]
    assert (summary["event"], summary["complete"], summary["room_s"]) == ("summary", True, 6.0)
    assert (summary["proposed"], summary["in_force"], summary["written"]) == (0.5, 0.5, None)


def test_word_that_is_not_said_is_a_miss(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = LivingRoom([spoken_word(), hiss(0.5), spoken_word(1)])
    room.install(monkeypatch)
    assert main(QUICK) == 0
    out = capsys.readouterr().out
    assert " 2  not heard (score 0.00): a miss\n" in out
    assert ">* 0.5      1 of 3" in out
    assert "It misses 1 of 3 words." in out


def test_if_more_than_half_are_missed_it_gives_advice_instead_of_a_threshold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    room = LivingRoom([spoken_word() * 0.1, hiss(0.5), hiss(0.5)])
    room.install(monkeypatch)
    before = config.read_text()
    assert main([*QUICK, "--yes", "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert "No threshold is proposed" in out
    assert "speak closer" in out
    assert config.read_text() == before


def test_without_a_speaker_it_asks_only_in_writing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    LivingRoom().install(monkeypatch)
    monkeypatch.setattr("marvin.cli.commands.calibration_session.Speaker", DeafSpeaker)
    assert main(["test-mic", "--calibrate", "--words", "1", "--minutes", "0.02"]) == 0
    assert '1 of 1  say "marvin" now' in capsys.readouterr().out


@pytest.mark.parametrize(("after_s", "words"), [(1.0, 0), (9.0, 2), (14.0, 3)])
def test_ctrl_c_shows_the_results_so_far_and_writes_nothing(
    after_s: float,
    words: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    config: Path,
) -> None:
    room = LivingRoom(spoken_word(at) for at in range(3))
    room.interrupt_after_s = after_s
    room.install(monkeypatch)
    before = config.read_text()
    assert main([*QUICK, "--yes", "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert "Stopped early" in out
    assert (f"0 of {words}" in out) == (words > 0)
    assert "Proposed" not in out
    assert config.read_text() == before


def test_dead_microphone_stops_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = LivingRoom()
    room.noise = 0.0
    room.install(monkeypatch)
    assert main(QUICK) == 1
    out, errors = capsys.readouterr()
    assert "only zeros: muted?" in errors
    assert "Proposed" not in out
    assert room.heard_s < 5


def test_threshold_is_written_to_the_file_only_after_confirmation(
    tmp_path: Path,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_loudness(monkeypatch)
    command = ["test-mic", "--calibrate", "--config", str(config)]
    command += files(tmp_path, tones(0.9, 0.8, 0.7), tones(0, 0, 0.3))
    for answer in ("\n", "n\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert main(command) == 0
        assert "Nothing was written." in capsys.readouterr().out
        assert "1.0  # mine" in config.read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(command) == 0
    out = capsys.readouterr().out
    assert f"to {config}? [y/N]" in out
    why = "The best score of the room was 0.30, the worst word above it 0.70."
    assert why in " ".join(out.split())
    written = config.read_text()
    assert written == "[wake]\nthreshold = 0.5  # mine\n"
    assert main([*command, "--yes"]) == 0
    assert "nothing to write" in capsys.readouterr().out
    assert config.read_text() == written


def test_configuration_file_is_created_if_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_loudness(monkeypatch)
    heard = files(tmp_path, tones(0.9, 0.8, 0.85), tones(0.3, 0.4, 0.1))
    assert main(["test-mic", "--calibrate", "--json", "--yes", *heard]) == 0
    summary = objects(capsys)[-1]
    made = tmp_path / "home" / "marvin" / "models.toml"
    assert (summary["proposed"], summary["written"]) == (0.6, str(made))
    assert made.read_text() == "[wake]\nthreshold = 0.6\n"


def test_table_lists_thresholds_with_their_intervals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_loudness(monkeypatch)
    heard = files(tmp_path, tones(0.9, 0.55, 0.85, 0.95), np.tile(tones(0.3, 0.62, 0.1, 0), 60))
    assert main(["test-mic", "--calibrate", *heard]) == 0
    out = capsys.readouterr().out
    # 60 of each in 6 minutes; a half-second sound counts once, because of the refractory period.
    assert "   0.6      1 of 4    25 (5 to 70)    60   600 (458 to 772)\n" in out
    assert ">  0.73     1 of 4    25 (5 to 70)     0   0.0 (0.0 to 37)\n" in out
    assert " * 0.5      0 of 4     0 (0 to 49)    60   600 (458 to 772)\n" in out
    text = " ".join(out.split())
    assert "4 words prove little: even if none was missed, up to 49% may be." in text
    assert "So do 6:00 of the room" in text
    assert "37 false accepts per hour are still possible" in text


def test_shipped_file_is_refused_before_anything_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["test-mic", "--calibrate", "--config", str(shipped_path())]
    command += files(tmp_path, words_and_pauses(1), hiss(1.0))
    assert main(command) == 78
    assert "is shipped with Marvin" in capsys.readouterr().err


def test_failed_write_still_shows_the_figures(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.chmod(0o444)
    command = ["test-mic", "--calibrate", "--yes", "--config", str(config)]
    assert main([*command, *files(tmp_path, words_and_pauses(2), hiss(2.0))]) == 78
    out, errors = capsys.readouterr()
    assert "words missed" in out
    assert "is read-only" in errors
    assert "under [wake]" in errors


def test_words_and_room_are_kept_for_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    LivingRoom(spoken_word(at) for at in range(3)).install(monkeypatch)
    folder = tmp_path / "my clips"
    assert main([*QUICK, "--record", str(folder)]) == 0
    kept = sorted(path.name[:9] for path in (folder / "said").iterdir())
    assert kept == ["wake-0001", "wake-0002", "wake-0003"]
    room = read(folder / "room" / "room-0001.wav")
    assert len(room) / RATE_HZ == pytest.approx(6.0, abs=0.1)
    hint = f"wake train marvin --recordings '{folder}/said' --negatives '{folder}/room'"
    assert hint in capsys.readouterr().out
    # The kept clips can be processed again: each is a word.
    again = [*sorted((folder / "said").iterdir()), folder / "room" / "room-0001.wav"]
    assert main(["test-mic", "--calibrate", "--json", "--input", *map(str, again)]) == 0
    scores = objects(capsys)[-1]["words"]
    assert isinstance(scores, list)
    assert len(scores) == 3
    assert min(scores) > 0.5


def test_each_word_of_a_long_recording_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [part for at in range(4) for part in (spoken_word(at), hiss(9.0))]
    heard = files(tmp_path, np.concatenate([hiss(0.5), *parts]), hiss(1.0))
    folder = tmp_path / "clips"
    assert main(["test-mic", "--calibrate", "--record", str(folder), *heard]) == 0
    clips = [read(path) for path in sorted((folder / "said").iterdir())]
    assert len(clips) == 4
    for at, clip in enumerate(clips):
        # The first word begins with the recording.
        assert len(clip) == 2 * RATE_HZ or at == 0
        assert len(clip) > 1.5 * RATE_HZ
        assert np.abs(clip).max() == pytest.approx(np.abs(spoken_word(at)).max(), abs=0.01)
    assert "wake train" in capsys.readouterr().out


def test_without_a_word_there_is_nothing_to_train_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["test-mic", "--calibrate", "--words", "1", "--minutes", "0.02"]
    command += ["--record", str(tmp_path / "clips")]
    LivingRoom().install(monkeypatch)
    assert main(command) == 0
    assert "wake train marvin" not in capsys.readouterr().out
    LivingRoom().install(monkeypatch)
    assert main([*command, "--json"]) == 0
    assert objects(capsys)[-1]["train"] is None


def test_silent_recordings_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silence = np.zeros(5 * RATE_HZ, np.float32)
    assert main(["test-mic", "--calibrate", *files(tmp_path, silence, silence)]) == 1
    assert "only silence" in capsys.readouterr().err
    assert main(["test-mic", "--calibrate", *files(tmp_path, hiss(6.0), hiss(2.0))]) == 1
    assert "no wake word found" in capsys.readouterr().err


@needs_data
def test_real_words_and_real_speech(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = sorted((DATA / "wake" / "marvin").glob("*.wav"))
    talk = sorted((DATA / "wake" / "other" / "picovoice_jarvis").glob("*.wav"))[:10]
    room = wav(tmp_path / "room.wav", np.concatenate([read(path) for path in talk]))
    assert main(["test-mic", "--calibrate", "--json", "--input", *map(str, words), room]) == 0
    summary = objects(capsys)[-1]
    scores, proposed = summary["words"], summary["proposed"]
    assert isinstance(scores, list)
    assert isinstance(proposed, float)
    assert len(scores) == len(words)
    best = float(str(summary["room_best"]))
    assert best < proposed <= min(scores)
    points = summary["points"]
    assert isinstance(points, list)
    chosen = next(point for point in points if point["threshold"] == proposed)
    assert (chosen["missed"], chosen["accepted"]) == (0, 0)
    assert chosen["accepted_per_hour"]["high"] > 10
    json.dumps(summary, allow_nan=False)
