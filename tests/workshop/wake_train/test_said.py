"""Finding the phrase in recordings that should not contain it, while keeping ordinary speech."""

import json
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train import said
from marvin.workshop.wake_train.audio_files import read_file
from marvin.workshop.wake_train.phrase import CheckedPhrase, check_phrase
from marvin.workshop.wake_train.said import CheckedRecording, named_after, search
from tests.paths import DATA, SAMPLES


def found(
    phrase: CheckedPhrase, recordings: list[tuple[Path, Samples]], known: Path | None = None
) -> list[CheckedRecording]:
    return list(search(phrase, recordings, jobs=1, known=known))


def test_phrase_is_found_and_other_speech_is_not(tmp_path: Path) -> None:
    phrase = check_phrase("marvin", 1.2)
    names = ("set_a_timer.wav", "not_for_me.wav", "two_questions.wav")
    recordings = [(SAMPLES / name, read_file(SAMPLES / name)) for name in names]
    recordings.append((Path("nothing.wav"), np.zeros(RATE_HZ, np.float32)))
    known = tmp_path / "said.json"
    first = found(phrase, recordings, known)
    assert [len(heard.places) for heard in first] == [1, 0, 2, 0]
    ((start_s, end_s),) = first[0].places
    assert 0.8 < start_s < end_s < 1.7
    assert "set_a_timer.wav at " in first[0].in_words()
    # Known results are not computed again, in any order.
    written = known.read_text()
    again = found(phrase, recordings[::-1], known)
    assert [heard.places for heard in again] == [heard.places for heard in first[::-1]]
    assert known.read_text() == written


def test_results_are_saved_along_the_way_and_a_truncated_file_is_ignored(tmp_path: Path) -> None:
    phrase = check_phrase("marvin", 1.2)
    known = tmp_path / "said.json"
    known.write_text('{"torn": [[0.')
    recordings = [
        (Path(f"{at}.wav"), np.full(RATE_HZ // 4, at / 100, np.float32)) for at in range(30)
    ]
    stopped = search(phrase, recordings, jobs=1, known=known)
    assert isinstance(stopped, Generator)
    for _ in range(25):
        next(stopped)
    stopped.close()
    assert len(json.loads(known.read_text())) == 20
    assert len(found(phrase, recordings, known)) == 30
    assert len(json.loads(known.read_text())) == 30
    assert [path.name for path in tmp_path.iterdir()] == ["said.json"]


@pytest.mark.parametrize(("name", "value"), [("_ENOUGH", 0.9), ("__version__", "9")])
def test_other_limits_or_another_version_search_again(
    name: str, value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tmp_path / "said.json"
    phrase = check_phrase("marvin", 1.2)
    recordings = [(Path("a.wav"), np.zeros(RATE_HZ, np.float32))]
    found(phrase, recordings, known)
    monkeypatch.setattr(said, name, value)
    found(phrase, recordings, known)
    assert len(json.loads(known.read_text())) == 2


def test_in_a_long_recording_only_the_phrase_is_left_out() -> None:
    samples = np.zeros(30 * RATE_HZ, np.float32)
    long = CheckedRecording(Path("evening.wav"), samples, ((10.0, 10.8), (25.0, 25.5)))
    assert [len(piece) / RATE_HZ for piece in long.without()] == pytest.approx([9.0, 12.2, 3.5])
    short = CheckedRecording(Path("evening.wav"), samples[: 5 * RATE_HZ], ((1.0, 1.8),))
    assert short.without() == []
    assert len(CheckedRecording(Path("evening.wav"), samples).without()[0]) == len(samples)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("jarvis-001.wav", True),
        ("Jarvis.wav", True),
        ("84-121123-0000.flac", False),
        ("said-jarvis.wav", False),
        ("jarvisson.wav", False),
    ],
)
def test_file_may_be_named_after_the_phrase(name: str, named: bool) -> None:
    assert named_after(Path(name), "jarvis") is named


def test_name_of_several_words_counts_when_all_of_them_are_there() -> None:
    assert named_after(Path("hey_computer_3.wav"), "hey computer")
    assert not named_after(Path("hey_marvin_3.wav"), "hey computer")


def test_real_recordings_of_a_phrase_are_mostly_found_and_real_speech_is_kept() -> None:
    spoken, speech = DATA / "wake/other/picovoice_jarvis", DATA / "negatives/librispeech_251spk"
    if not spoken.exists() or not speech.exists():
        pytest.skip("no real recordings in ../shared/data")
    phrase = check_phrase("jarvis", 1.2)
    files = [*sorted(spoken.glob("*.wav"))[:24], *sorted(speech.glob("*.flac"))[:8]]
    heard = found(phrase, [(path, read_file(path)) for path in files])
    assert sum(bool(one.places) for one in heard[:24]) > 12
    assert [one.path for one in heard[24:] if one.places] == []
