"""`marvin alarms`, `marvin lists` and `marvin memory`, with and without a running Marvin."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from marvin.cli.main import main
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.icalendar import calendar_of
from tests.service.control.daemon import running

TOMORROW = datetime.combine(date.today() + timedelta(days=1), datetime.min.time())


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The socket of this user's daemon, in this test."""
    with TemporaryDirectory(prefix="marvin-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        monkeypatch.setenv("XDG_STATE_HOME", folder)
        yield Path(folder) / "marvin.sock"


def fill(agenda: Agenda) -> None:
    agenda.alarms.add("alarm", TOMORROW.replace(hour=7), weekdays=(0, 1, 2, 3, 4))
    agenda.alarms.add("reminder", TOMORROW.replace(hour=17), purpose="to call mom; now, please")
    agenda.lists.add("shopping", ["milk", "eggs"])
    agenda.lists.add("to do", ["call mom"])
    agenda.notes.add("the bins go out on Tuesday", date(2026, 12, 1))
    agenda.notes.add("my sister's birthday is on May 3rd", date(2026, 12, 2))


@pytest.fixture
def kept(path: Path) -> None:
    """Left by an earlier run."""
    agenda = Agenda.load(path.parent / "marvin")
    fill(agenda)
    agenda.close()


SHOWN = "  1  7 AM on weekdays\n  2  5 PM tomorrow  to call mom; now, please\n"


def test_alarms_without_a_daemon(kept: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarms"]) == 0
    shown = capsys.readouterr().out
    assert sorted(shown.splitlines()) == sorted(SHOWN.splitlines())
    assert main(["alarms", "--json"]) == 0
    assert {one["kind"] for one in json.loads(capsys.readouterr().out)} == {"alarm", "reminder"}
    assert main(["alarms", "--cancel", "1"]) == 0
    assert capsys.readouterr().out == SHOWN.splitlines(keepends=True)[1]
    assert main(["alarms", "--cancel", "9"]) == 1
    assert "there is no alarm 9: `marvin alarms`" in capsys.readouterr().err


def test_lists_without_a_daemon(kept: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lists"]) == 0
    assert capsys.readouterr().out == "shopping:\n  milk\n  eggs\nto do:\n  call mom\n"
    assert main(["lists", "to", "do"]) == 0
    assert capsys.readouterr().out == "call mom\n"
    assert main(["lists", "shoping"]) == 1
    assert "no list 'shoping' (did you mean 'shopping'?)" in capsys.readouterr().err
    assert main(["lists", "--clear"]) == 1
    assert "which list?" in capsys.readouterr().err
    assert main(["lists", "shopping", "--clear"]) == 0
    capsys.readouterr()
    assert main(["lists", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"to do": ["call mom"]}


def test_nothing_is_kept_yet(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarms"]) == main(["lists"]) == main(["memory", "list"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("No alarms or reminders.\nNo lists.\nNo notes.\nNotes are not kept.")
    assert not (path.parent / "marvin").exists()


def test_notes_without_a_daemon(kept: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "list"]) == 0
    shown = capsys.readouterr().out
    assert "  2  2026-12-02  my sister's birthday is on May 3rd\n" in shown
    assert "set notes = true in the table skills of models.toml" in shown
    assert main(["memory", "forget", "3"]) == 1
    assert "there is no note 3: `marvin memory list`" in capsys.readouterr().err
    assert main(["memory", "forget", "1"]) == 0
    assert main(["memory", "list", "--json"]) == 0
    assert [one["number"] for one in json.loads(capsys.readouterr().out.partition("\n")[2])] == [1]
    assert main(["memory", "forget", "--all"]) == main(["memory", "forget", "--all"]) == 0
    assert main(["memory", "list"]) == 0
    assert "No notes." in capsys.readouterr().out


async def test_the_running_marvin_is_asked(
    path: Path, kept: None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path) as daemon:
        daemon.assistant.kept.alarms.add("alarm", TOMORROW)
        daemon.assistant.kept.lists.add("packing", ["socks"])
        for command in (["alarms"], ["lists"], ["lists", "packing", "--clear"]):
            assert await asyncio.to_thread(main, command) == 0
        shown = "  1  midnight tomorrow\npacking:\n  socks\npacking: cleared\n"
        assert capsys.readouterr().out == shown
        assert await asyncio.to_thread(main, ["alarms", "--cancel", "1"]) == 0
        assert daemon.assistant.kept.alarms.all() == ()
        note = daemon.assistant.kept.notes.add("the bins go out on Tuesday", date(2026, 12, 1))
        assert await asyncio.to_thread(main, ["memory", "list"]) == 0
        assert note.text in capsys.readouterr().out
        assert await asyncio.to_thread(main, ["memory", "forget", str(note.id)]) == 0
        assert daemon.assistant.kept.notes.all() == ()
        assert await asyncio.to_thread(main, ["alarms", "--cancel", "1"]) == 1
        assert "there is no alarm 1" in capsys.readouterr().err
    # The file belongs to another Marvin, and was not touched.
    assert len(Agenda.unattended(path.parent / "marvin").alarms.all()) == 2


def test_calendar_file(kept: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "alarms.ics"
    assert main(["alarms", "--ical", str(file)]) == 0
    text = file.read_bytes().decode()
    lines = text.split("\r\n")
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VALARM") == 2
    assert f"DTSTART:{TOMORROW:%Y%m%d}T070000" in lines
    assert "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" in lines
    assert "SUMMARY:Call mom\\; now\\, please" in lines
    assert main(["alarms", "--ical", str(tmp_path / "gone" / "a.ics")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_long_lines_of_a_calendar_are_folded() -> None:
    agenda = Agenda()
    agenda.alarms.add("alarm", TOMORROW, purpose="to ä" + "ü" * 200, wait_s=60.0)
    text = calendar_of(agenda.alarms.all(), datetime.now().astimezone())
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "SUMMARY:Ä" + "ü" * 200 in text.replace("\r\n ", "")


def test_calendar_written_again_has_the_same_events() -> None:
    agenda = Agenda()
    agenda.alarms.add("alarm", TOMORROW, weekdays=tuple(range(7)))
    agenda.alarms.add("reminder", TOMORROW, purpose="to call mom")

    def uids() -> list[str]:
        text = calendar_of(agenda.alarms.all(), datetime.now().astimezone())
        return [line for line in text.split("\r\n") if line.startswith("UID:")]

    before = uids()
    daily = next(alarm for alarm in agenda.alarms.all() if alarm.weekdays)
    agenda.alarms.end([daily])
    assert sorted(uids()) == sorted(before)
    assert len(set(before)) == 2


def test_damaged_store_is_not_shown_as_an_empty_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "marvin.sqlite3").write_bytes(b"no database" * 400)
    assert Agenda.unattended(tmp_path).alarms.all() == ()
    assert "marvin.sqlite3 is damaged" in caplog.text
