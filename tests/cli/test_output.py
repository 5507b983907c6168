"""Untrusted text in the output cannot control the terminal or start a new line."""

import json
import logging
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.console import event_printer, json_printer
from marvin.cli.main import main
from marvin.events import Armed, DeviceLost, EngineNotice, Event, Heard, PartlyHeard, Replied
from marvin.log import configure_logging
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import delta

TRICK = "a\x1b[31mb\x1b]0;t\x07c\x9bJd\u202ee\u2066f\u200bg\nERROR h\r\x08i\u2028j"
FORBIDDEN = set("\x1b\x07\x08\r\x9b\u202e\u2066\u200b\u2028")


def steers(text: str) -> set[str]:
    return FORBIDDEN & set(text)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)


EVENTS: list[Event] = [
    Heard(TRICK, 1.0),
    PartlyHeard(TRICK, 5),
    Replied(TRICK),
    EngineNotice("llm", TRICK),
    DeviceLost("input", TRICK, TRICK),
    Armed(TRICK, 1.0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_event_is_one_line(event: Event, capsys: pytest.CaptureFixture[str]) -> None:
    event_printer(print, private=False)(event)
    shown = capsys.readouterr().out
    assert not steers(shown)
    assert len(shown.splitlines()) == 1
    json_printer(print)(event)
    written = capsys.readouterr().out
    assert not steers(written)
    assert len(written.splitlines()) == 1
    assert TRICK in json.loads(written).values()


def test_brackets_hidden_by_an_invisible_character_are_not_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    event_printer(print, private=False)(Replied("[\u200bbold]x[\u200b/] \\"))
    assert capsys.readouterr().out.strip() == "says   [bold]x[/] \\"


def test_table_shows_names_without_escape_sequences(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("name", "more")
    table.add_row(Text(TRICK), f"[bold]{TRICK}[/]")
    console = CleanConsole(force_terminal=True, color_system=None)
    console.print(table)
    shown = capsys.readouterr().out
    assert not steers(shown.replace("\x1b[1m", "").replace("\x1b[0m", ""))


def test_answer_and_error_are_printed_without_escape_sequences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    with FaultyServer(Answer.events(delta(f"{TRICK}.")), Answer(500)) as at:
        path.write_text(f'[llm]\nengine = "chat"\nbase_url = "{at.url}/v1"\nmodel = "\\u001b[2J"\n')
        assert main(["ask", "who wrote the Iliad", "--config", str(path)]) == 0
        assert main(["ask", "who wrote the Iliad", "--config", str(path)]) != 0
        main(["placement", "--config", str(path)])
    shown = capsys.readouterr()
    assert "ERROR h" in shown.out
    assert "failed with llm.model" in shown.err
    assert not steers(shown.out + shown.err)


@pytest.mark.parametrize(
    "text",
    [
        '[wake]\n"tresh\\u001b[31m\\nERROR forged: \\u202e" = 1\n',
        '["\\u001b]0;t\\u0007\\nERROR forged"]\n',
        '[wake]\nlabel = 5\nmodel = "\\u001b[2J\\nERROR forged"\nthreshold = "\\u009bJ"\n',
        'profile = "\\u001b[31m\\nERROR forged"\n',
        '[skills.lists]\n"\\u001b[31m" = ["x"]\n',
        '[llm]\nengine = "\\u001b[31m\\nERROR forged"\n',
        '[wake]\nlabel = "\u202e\x9b31m"\n',
    ],
)
def test_models_toml_values_are_printed_without_escape_sequences(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    main(["config", "--config", str(path)])
    shown = capsys.readouterr()
    assert not steers(shown.out + shown.err)
    assert not [line for line in shown.err.splitlines() if line.startswith("ERROR forged")]


def test_log_message_is_printed_without_escape_sequences(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(2)
    logging.getLogger("marvin.test").warning("it says %s", TRICK)
    shown = capsys.readouterr().err
    assert "it says a" in shown
    assert not steers(shown)


def test_malicious_file_name_is_printed_without_escape_sequences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / f"{TRICK}.wav"
    main(["transcribe", str(missing)])
    main(["transcribe", "--json", str(missing)])
    main(["run", "--input", str(missing)])
    main(["config", "--config", str(missing)])
    shown = capsys.readouterr()
    assert not steers(shown.out + shown.err)
