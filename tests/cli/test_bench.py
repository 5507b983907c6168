"""`marvin bench` on the embedded profile, and its error messages."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from marvin.cli.commands import bench as command
from marvin.cli.main import main
from marvin.config.tables import CommandConfig, Config, SkillsConfig
from marvin.engines.placement.facts import MachineFacts
from marvin.errors import ControlError, NoDaemonError
from marvin.workshop.bench import bench_run as session
from marvin.workshop.bench.bench_report import Bench
from marvin.workshop.bench.bench_run import NOT_WOKEN, Taken
from tests.workshop.bench.test_bench_report import FIGURES, ROWS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))


def test_turns_of_the_embedded_profile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(session, "_QUIET_S", 0.4)
    monkeypatch.setattr(command, "_OTHERS_S", 0.4)
    assert main(["bench", "--turns", "1", "-p", "embedded", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    (turn,) = found["turns"]
    assert turn["outcome"] == "answered"
    assert turn["answer_s"] > turn["first_audio_s"] > 0.0
    assert found["latency"]["a skill"]["stt_s"]["turns"] == 1
    assert found["start_up_s"] > 0.0
    assert found["quiet_share"] > 0.0
    assert found["line"].startswith("marvin 0")
    assert found["profile"] == "embedded"
    assert list(tmp_path.rglob("timers.json")) == []


def test_refused_arguments_run_nothing_and_write_nothing() -> None:
    own = CommandConfig(sentences=("burn it",), run=("false",))
    skills = SkillsConfig(commands=(own,), disabled=("time",), clock="24h")
    measured = command._for_measuring(Config(skills=skills), Path("somewhere"))
    assert (*measured.skills.commands, *measured.skills.disabled) == ()
    assert measured.skills.state_dir == Path("somewhere")
    assert measured.skills.clock == "24h"


def test_recording_without_speech_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["bench", "-p", "embedded", "--input", str(tmp_path / "gone.wav")]) == 1
    assert "gone.wav" in capsys.readouterr().err


def test_missing_models_are_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "-p", "laptop"]) == 1
    assert "marvin models pull" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "beside"), [(None, True), (ControlError("busy"), True), (NoDaemonError("no"), False)]
)
def test_another_running_marvin_is_noticed(
    answer: Exception | None, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(what: str) -> dict[str, object]:
        if answer is not None:
            raise answer
        return {}

    monkeypatch.setattr(command, "ask", ask)
    assert command._beside() is beside


Shown = Callable[[Bench], str]


@pytest.fixture
def shown() -> Shown:
    def show(bench: Bench) -> str:
        console = Console(width=80, highlight=False, markup=False, record=True, quiet=False)
        command._show(console, bench)
        return console.export_text()

    return show


BENCH = Bench("embedded", MachineFacts("Good CPU", 4, 16.0, 8.0), ROWS, 0.5, False, True, FIGURES)


def test_unanswered_questions_are_reported(shown: Shown) -> None:
    text = " ".join(shown(BENCH).split())
    assert f"2 of 4 questions went unanswered: {NOT_WOKEN} (1), llm failed (1)." in text
    assert "A synthetic voice asked them; use your own with `--input FILE`." in text


def test_own_recordings_are_not_called_synthetic(shown: Shown) -> None:
    text = shown(replace(BENCH, synthetic=False))
    assert "synthetic" not in text
    assert "answered by Marvin" in text
    assert "2 of 4 answered, own recordings" in " ".join(text.split())


def test_failing_server_is_not_blamed_on_the_voice(shown: Shown) -> None:
    failed = replace(FIGURES, taken=FIGURES.taken[3:])
    assert "synthetic" not in shown(replace(BENCH, figures=failed))


def test_table_fits_in_eighty_columns(shown: Shown) -> None:
    model = replace(FIGURES.taken[0], for_language_model=True)
    both = replace(FIGURES, taken=(*FIGURES.taken, model))
    tables, _, report = shown(replace(BENCH, rows=[], figures=both)).partition(
        "One line for bug reports"
    )
    assert max(map(len, tables.splitlines())) <= 80
    assert tables.count("end of the last word to the first sound") == 2
    assert len(report.strip().splitlines()) == 2


def test_disturbed_figures_are_marked(shown: Shown) -> None:
    text = shown(replace(BENCH, beside=True, load=3.5))
    assert "Another Marvin is running" in text
    assert "load 3.5 on 4 cores" in text


def test_successful_turn_shows_no_warning(shown: Shown) -> None:
    fine = replace(FIGURES, taken=FIGURES.taken[:2], speech_share=0.02)
    text = shown(replace(BENCH, figures=fine))
    assert "not answered" not in text
    assert "not known" not in text


def test_missing_first_answer_is_shown_as_a_dash(shown: Shown) -> None:
    silent = replace(FIGURES, first=(Taken(False, NOT_WOKEN),))
    rows = [row.split() for row in shown(replace(BENCH, figures=silent)).splitlines()]
    assert ["first", "answer", "-"] in rows
