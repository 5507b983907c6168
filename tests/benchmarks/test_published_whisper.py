"""The comparison with other programs on a published Whisper."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.word_errors import interval, source_of, spread
from benchmarks.peers.published_whisper import clips, heard_before
from benchmarks.peers.published_words import NOISE, TRANSFORMERS, Hearing, report, rows

OTHER = "faster-whisper int8"
OURS = "Marvin int8"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten digits, two sentences, a long one, and noise."""
    import soundfile

    lines = ["file\tlang\ttext\tsource"]
    for number in range(10):
        lines.append(f"speech/digits/{number}.wav\ten\tseven\tx")
    for name in ("one", "two"):
        lines.append(f"speech/{name}.wav\ten\tput the kettle on\tx")
    lines.append("speech/books/long.wav\ten\tit was a long story\tx")
    lines.append("speech/books/fr.wav\tfr\tbonjour tout le monde\tx")
    (tmp_path / "transcripts.tsv").write_text("\n".join(lines), encoding="utf-8")
    names = [line.split("\t")[0] for line in lines[1:]]
    for name in [*names, "noise/rain.wav", "noise/wind.wav", "noise/tap.wav"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        length_s = 31 if path.stem == "long" else 1
        soundfile.write(path, np.zeros(length_s * 8000, np.float32), 8000)
    return tmp_path


def test_recordings_are_spread_over_the_sources(data: Path) -> None:
    chosen = spread(data, 4)
    assert Counter(source_of(one, data) for one in chosen) == {"digits": 4, "others": 2}
    assert {source_of(one, data) for one in chosen[:2]} == {"digits", "others"}
    assert spread(data, 4) == chosen


def test_noise_comes_last_and_has_no_text(data: Path) -> None:
    *said, rain, wind = clips(data, 1, 2)
    assert [one.source for one in said] == ["digits", "others"]
    assert [one.text for one in said] == ["seven", "put the kettle on"]
    assert {one.source for one in (rain, wind)} == {NOISE}
    assert rain.file != wind.file


def test_log_continues_where_every_contender_has_heard(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert heard_before(log, [OURS]) == {}
    log.write_text(
        '{"file": "a", "source": "x", "text": "", "texts": {"Marvin int8": ""}, "cpu_s": {}}\n'
    )
    assert list(heard_before(log, [OURS])) == ["a"]
    assert heard_before(log, [OURS, OTHER]) == {}


def heard(file: str, source: str, text: str, *texts: str) -> Hearing:
    names = (TRANSFORMERS, OTHER, OURS)
    return Hearing(
        file, source, text, dict(zip(names, texts, strict=True)), dict.fromkeys(names, 1.0)
    )


@pytest.fixture
def measured() -> list[Hearing]:
    said = "put the kettle on"
    return [
        heard("a", "books", said, said, "Put a kettle on.", "Put the kettle on!"),
        heard("b", "digits", "seven", "eleven", "7", "Seven."),
        heard("c", NOISE, "", "Thank you.", ".", ""),
    ]


def test_table_has_errors_intervals_and_made_up_text(
    measured: list[Hearing], capsys: pytest.CaptureFixture[str]
) -> None:
    report(measured, "int8", verbose=False)
    out = capsys.readouterr().out
    assert "2 recordings, 5 words" in out
    assert "| Marvin int8 | 0.0% | -20.0 (-40.0 to +0.0) | 1: 1, 0 | 1.00 |" in out
    assert "| faster-whisper int8 | 25.0%, 1.00 | 0.0%, 1.00 |" in out
    assert "- transformers, 30 s, greedy: 1 \n- faster-whisper int8: 0 \n" in out


def test_rows_compare_the_placed_dtype_with_the_others(measured: list[Hearing]) -> None:
    found = {(row.what.rpartition(": ")[2], row.against): row for row in rows(measured, "int8")}
    assert len(found) == 4
    words = found["word error rate", TRANSFORMERS]
    assert (list(words.ours_s), list(words.theirs_s), words.limit) == ([0.0], [20.0], 20.3)
    assert words.met
    cpu = found["CPU", TRANSFORMERS]
    assert cpu.goal == 0.3
    assert not cpu.met
    assert rows(measured, "bfloat16") == []


def test_interval_of_equal_texts_is_zero() -> None:
    assert interval([0, 0, 0]) == (0.0, 0.0)
    low, high = interval([1, 0, -1, 0])
    assert low < 0 < high
