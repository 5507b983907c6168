"""The table of benchmark results."""

import json
from pathlib import Path

import pytest

from benchmarks.ratio_table import Row, print_table, read_json, spread, write_json

ROW = Row("transcript, 4 s", "one pass", "the [course]", [0.2, 0.1, 0.3], [1.0, 2.0, 0.5], 0.25)


def test_ratio_is_that_of_the_medians() -> None:
    assert ROW.ratio == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("goal", "limit", "met"),
    [
        (0.2, None, True),
        (0.1, None, False),
        (None, None, None),
        (None, 0.2, True),
        (0.2, 0.1, False),
    ],
)
def test_goal_is_met_only_if_every_requirement_is(
    goal: float | None, limit: float | None, met: bool | None
) -> None:
    row = Row("x", "a", "b", [0.2], [1.0], goal, limit=limit)
    assert row.met is met


def test_ratio_goal_without_an_alternative_is_not_met() -> None:
    row = Row("x", "a", "nobody", [0.2], [], 1.0)
    assert row.ratio is None
    assert row.met is False


@pytest.mark.parametrize(
    ("values", "unit", "shown"),
    [
        ([0.1, 0.2, 0.3], "s", "200 ms (150-250)"),
        ([1.5], "s", "1.5 s"),
        ([300.0, 310.0], "MB", "305 MB (302-308)"),
        ([], "s", "-"),
    ],
)
def test_figures_show_their_spread(values: list[float], unit: str, shown: str) -> None:
    assert spread(values, unit) == shown


def test_table_names_both_sides_and_missed_goals(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([ROW, Row("memory", "ours", "theirs", [2.0], [1.0], None, unit="MB", limit=1.0)])
    words = " ".join(capsys.readouterr().out.split())
    for part in ("transcript", "one pass", "[course]", "0.20", "met", "missed"):
        assert part in words


def test_written_rows_are_read_back_and_contain_nothing_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.json"
    write_json([ROW], path, left_out={"peers": "not here"})
    assert read_json(path) == [ROW]
    found = json.loads(path.read_text())
    assert found["left_out"] == {"peers": "not here"}
    assert set(found) == {"at", "commit", "machine", "left_out", "rows"}
    assert found["machine"]["cores"] >= 1
    assert str(Path.home()) not in path.read_text()
