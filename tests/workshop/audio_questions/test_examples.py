"""Folders and data sets of recordings with questions, good and bad ones."""

import codecs
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.errors import MarvinError, TrainingError
from marvin.types import RATE_HZ
from marvin.workshop.audio_questions.columns import Columns
from marvin.workshop.audio_questions.exact_match import is_exact
from marvin.workshop.audio_questions.example import BadExamples, Example
from marvin.workshop.audio_questions.opening import DataRequest, open_examples

soundfile = pytest.importorskip("soundfile")

TONE = np.sin(np.arange(RATE_HZ // 5) / 20).astype(np.float32) / 4


def stop() -> BadExamples:
    return BadExamples(skip=False, tell=pytest.fail)


def wav(rate_hz: int = RATE_HZ, channels: int = 1) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.stack([TONE] * channels, axis=1), rate_hz, format="WAV")
    return file.getvalue()


def write(folder: Path, rows: Sequence[object], files: Sequence[str] = ("a.wav",)) -> Path:
    folder.mkdir(exist_ok=True)
    for name in files:
        (folder / name).write_bytes(wav())
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    (folder / "data.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def read(folder: Path, bad: BadExamples | None = None, **columns: Any) -> list[Example]:
    request = DataRequest(str(folder), columns=Columns(**columns))
    return list(open_examples(request, bad or stop()).examples())


GOOD = {"audio": "a.wav", "question": "Which word?", "answer": "yes", "category": "words"}


def test_a_folder(tmp_path: Path) -> None:
    (example,) = read(write(tmp_path, [GOOD]))
    found = example.question, example.answers, example.category
    assert found == ("Which word?", ("yes",), "words")
    np.testing.assert_allclose(example.samples(), TONE, atol=1e-4)


def test_stereo_at_48_khz_is_read_as_any_other(tmp_path: Path) -> None:
    folder = write(tmp_path, [GOOD])
    (folder / "a.wav").write_bytes(wav(48_000, channels=2))
    (example,) = read(folder)
    assert len(example.samples()) == pytest.approx(len(TONE) / 3, abs=1)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        (GOOD | {"audio": "broken.wav"}, "broken.wav is not an audio file"),
        (GOOD | {"audio": "missing.wav"}, "missing.wav does not exist"),
        (GOOD | {"audio": "empty.wav"}, "empty.wav is empty"),
        (GOOD | {"audio": None}, "neither a file name nor audio"),
        (GOOD | {"audio": "a\0.wav"}, "neither a file name nor audio"),
        (GOOD | {"audio": "~nobody-here/a.wav"}, "no file can be named '~nobody-here/a.wav'"),
        (GOOD | {"audio": "\ud800.wav"}, "no file can be named"),
        (GOOD | {"answer": " "}, "the column 'answer' has no text"),
        (
            {"audio": "a.wav"},
            "no column 'answer' or 'official_answer' or 'answers'; it has 'audio'",
        ),
    ],
)
def test_a_bad_example_is_named_and_stops_or_is_skipped(
    tmp_path: Path, row: object, told: str
) -> None:
    folder = write(tmp_path, [GOOD, row, GOOD])
    (folder / "broken.wav").write_bytes(b"RIFF, but no more")
    (folder / "empty.wav").touch()
    with pytest.raises(MarvinError, match=r"data\.jsonl, line 2: .*--skip-bad") as stopped:
        read(folder)
    assert told in str(stopped.value)
    said: list[str] = []
    bad = BadExamples(skip=True, tell=said.append)
    assert [example.name[-1] for example in read(folder, bad)] == ["1", "3"]
    assert len(said) == len(bad.skipped) == 1
    assert told in said[0]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    file = write(tmp_path, [GOOD]) / "data.jsonl"
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    assert len(read(tmp_path)) == 1


@pytest.mark.parametrize(
    ("content", "told"), [(b"\xff", "is no text in UTF-8"), (b"x" * (1 << 20), "is it JSON lines")]
)
def test_a_file_that_is_no_json_lines(tmp_path: Path, content: bytes, told: str) -> None:
    (write(tmp_path, []) / "data.jsonl").write_bytes(content)
    with pytest.raises(TrainingError, match=told):
        read(tmp_path)


def test_nothing_but_bad_examples(tmp_path: Path) -> None:
    folder = write(tmp_path, ["{", "{"])
    with pytest.raises(TrainingError, match="no usable example"):
        read(folder, BadExamples(skip=True, tell=lambda _: None))


def test_which_of_several_files(tmp_path: Path) -> None:
    folder = write(tmp_path, [GOOD])
    (folder / "more.jsonl").touch()
    with pytest.raises(TrainingError, match=r"several JSON lines files \(data.jsonl, more.jsonl\)"):
        read(folder)
    assert len(read(folder / "data.jsonl")) == 1


@pytest.mark.parametrize(
    ("row", "question", "answers"),
    [
        ({"answer": "yes"}, "Reply with the answer only", ("yes",)),
        ({"official_answer": 7, "category": "object_counting"}, "How many objects", ("7",)),
        ({"answers": ["ja", "yes"], "category": "own"}, "In one word?", ("ja", "yes")),
    ],
)
def test_questions_of_data_that_have_none(
    tmp_path: Path, row: dict[str, object], question: str, answers: tuple[str, ...]
) -> None:
    folder = write(tmp_path, [{"audio": "a.wav", **row}])
    (example,) = read(folder, questions={"own": "In one word?"})
    assert question in example.question
    assert example.answers == answers


def test_columns_by_other_names(tmp_path: Path) -> None:
    folder = write(tmp_path, [{"file_name": "a.wav", "says": "no"}])
    (example,) = read(folder, names={"answer": "says"})
    assert example.answers == ("no",)
    with pytest.raises(TrainingError, match=r"no column 'say' \(did you mean 'says'\?\)"):
        read(folder, names={"answer": "say"})


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Yes.", True),
        ("the YES", True),
        ("\N{LEFT DOUBLE QUOTATION MARK}yes!\N{RIGHT DOUBLE QUOTATION MARK}", True),
        ("yes and no", False),
        ("", False),
    ],
)
def test_exact_match(answer: str, right: bool) -> None:
    assert is_exact(answer, ["oui", "yes"]) is right


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, list[Any]]], Path]:
    """Makes data sets in the layout of the Hub."""
    datasets = pytest.importorskip("datasets")

    def make(values: dict[str, list[Any]]) -> Path:
        folder = tmp_path_factory.mktemp("dataset")
        rows = datasets.Dataset.from_dict(values).cast_column("audio", datasets.Audio())
        rows.to_parquet(folder / "train-00000-of-00001.parquet")
        return folder

    return make


Parquet = Callable[[dict[str, list[Any]]], Path]


def audio(*data: bytes) -> list[dict[str, object]]:
    return [{"bytes": one, "path": f"{at}.wav"} for at, one in enumerate(data)]


def test_a_data_set_of_the_hub(parquet: Parquet) -> None:
    count = 6
    folder = parquet(
        {
            "category": ["navigate"] * count,
            "official_answer": [f"answer {at}" for at in range(count)],
            "audio": audio(*[wav(8000)] * count),
        }
    )
    found = open_examples(DataRequest(str(folder)), stop())
    train, held_out = found.split(2, seed=1)
    assert [example.answers[0][-1] for example in held_out.examples()] == ["0", "1"]
    shuffled = [example.answers[0][-1] for example in train.examples(order=3)]
    assert sorted(shuffled) == ["2", "3", "4", "5"]
    assert shuffled == [example.answers[0][-1] for example in train.examples(order=3)]
    (first, *_) = train.examples()
    assert "back to the start" in first.question
    assert len(first.samples()) == pytest.approx(2 * len(TONE), abs=2)


def test_captions(parquet: Parquet) -> None:
    folder = parquet({"caption": ["A man speaks"], "audio": audio(wav())})
    (example,) = read(folder, task="caption")
    assert (example.question, example.answers) == ("Describe the audio.", ("A man speaks",))


def test_a_data_set_without_the_column(parquet: Parquet) -> None:
    folder = parquet({"caption": ["A man speaks"], "audio": audio(wav())})
    with pytest.raises(TrainingError, match="it has 'caption', 'audio': name the right one with"):
        read(folder)


def test_no_such_data_set(tmp_path: Path, parquet: Parquet) -> None:
    with pytest.raises(TrainingError, match=r"cannot be read: .*No folder has this name either"):
        read(tmp_path / "nowhere")
