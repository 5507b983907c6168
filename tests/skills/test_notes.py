"""Notes by voice, on disk, and while they are off."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from marvin.skills.agenda import Agenda
from marvin.skills.notes.note_set import MAX_NOTES
from marvin.skills.store import database
from marvin.types import Forget, Notice

from .conftest import Clock, Load, Marvin
from .test_alarm_wordings import talk

OFF = "I keep no notes. To switch them on, set notes = true in the table skills of models.toml."
BINS = "The bins go out on Tuesday."


@pytest.fixture
def noting(load: Load) -> Marvin:
    return load(notes=True)


def file(folder: Path) -> Path:
    return folder / "state" / "marvin.sqlite3"


def test_notes(noting: Marvin) -> None:
    talk(
        noting,
        """
        what do you remember -> You have not asked me to remember anything.
        Remember that my sister's birthday is on May 3rd. -> I will remember that your sister's birthday is on May 3rd.
        please remember that the bins go out on Tuesday, thank you -> I will remember that the bins go out on Tuesday.
        remember the bins go out on tuesday -> I have that in my notes already.
        remember: I am allergic to nuts -> I will remember that you are allergic to nuts.
        remember that -> Say what it is: "remember that the bins go out on Tuesday".
        what do you remember -> I have 3 notes: You are allergic to nuts. The bins go out on Tuesday. Your sister's birthday is on May 3rd.
        what did I tell you about the bins -> You told me: The bins go out on Tuesday.
        what did I tell you about the car -> I have no note about the car.
        when is my sister's birthday -> You told me: Your sister's birthday is on May 3rd.
        When do the bins go out? -> You told me: The bins go out on Tuesday.
        what am i allergic to -> You told me: You are allergic to nuts.
        forget what I said about the car -> I have no note about the car.
        """,  # noqa: E501
    )


@pytest.mark.parametrize(
    "said",
    [
        "remember to call mom",
        "remember the milk",
        "do you remember when we met",
        "what do you know about bins in general",
        "what is a birthday",
        "forget that I asked",
        "forget about it",
    ],
)
def test_what_is_no_note_and_no_question_about_one(noting: Marvin, said: str) -> None:
    talk(noting, f"remember that {BINS} -> I will remember that {BINS}")
    answer = str(noting.says(said))
    assert "remember that" not in answer
    assert "You told me" not in answer
    assert len(noting.skillset.agenda.notes.all()) == 1


def test_a_question_that_another_skill_answers_is_its_own(noting: Marvin) -> None:
    noting.says("remember that my alarm is for 7 days a week")
    assert noting.says("what alarms do i have") == "You have no alarms."


def test_forgetting_clears_the_conversation_too_and_is_not_remembered(noting: Marvin) -> None:
    noting.says(f"remember that {BINS}")
    assert noting.hears("forget what I said about the bins") == [
        Forget(),
        Notice(f"Forgotten: {BINS}"),
    ]
    assert noting.skillset.agenda.notes.all() == ()


def test_forgetting_everything_is_confirmed(noting: Marvin) -> None:
    noting.says(f"remember that {BINS}")
    talk(noting, "forget everything you know about me -> Forget all you told me, with 1 note?")
    noting.says("no")
    assert len(noting.skillset.agenda.notes.all()) == 1
    noting.says("delete all my notes")
    assert noting.hears("yes") == [Forget(), Notice("Forgotten.")]
    assert noting.skillset.agenda.notes.all() == ()
    # Without notes, this clears the conversation, as without the skill.
    assert noting.hears("forget everything") == [Forget(), Notice("Forgotten.")]


def test_a_note_is_not_certain_before_the_user_has_finished(noting: Marvin) -> None:
    intent = noting.understands("remember that my sister's birthday")
    assert intent is not None
    assert not intent.certain


def test_a_day_that_was_meant_relatively_is_told_with_its_date(
    noting: Marvin, clock: Clock
) -> None:
    noting.says("remember that the plumber comes tomorrow")
    clock.pass_(days=2)
    assert noting.says("when does the plumber come") == (
        "You told me: The plumber comes tomorrow. That was on November 21."
    )


@pytest.mark.parametrize(
    "said", [f"remember that {BINS}", "what do you remember", "forget what i said about the bins"]
)
def test_while_off_nothing_is_stored(load: Load, tmp_path: Path, said: str) -> None:
    marvin = load()
    assert marvin.says(said) == OFF
    assert marvin.skillset.agenda.notes.all() == ()
    assert not file(tmp_path).exists()


def test_switched_off_later_they_are_kept_but_not_told(load: Load) -> None:
    load(notes=True).says(f"remember that {BINS}")
    marvin = load()
    assert marvin.says("when do the bins go out") is None
    assert marvin.says("what do you remember about the bins") == OFF
    assert load(notes=True).says("when do the bins go out") == f"You told me: {BINS}"
    marvin = load()
    marvin.says("forget what I said about the bins")
    assert marvin.skillset.agenda.notes.all() == ()


def test_they_survive_a_restart_and_are_gone_from_the_file_when_forgotten(
    load: Load, tmp_path: Path
) -> None:
    load(notes=True).says("remember that the safe opens with 4711")
    marvin = load(notes=True)
    assert marvin.says("how does the safe open") == "You told me: The safe opens with 4711."
    assert b"4711" in file(tmp_path).read_bytes()
    marvin.says("forget what I told you about the safe")
    assert b"4711" not in file(tmp_path).read_bytes()


def test_file_of_a_marvin_without_notes(load: Load, tmp_path: Path) -> None:
    load(notes=True).says("add milk to my shopping list")
    with closing(sqlite3.connect(file(tmp_path))) as connection:
        connection.execute("DROP TABLE notes")
        connection.commit()
    marvin = load(notes=True)
    assert marvin.skillset.agenda.store.notice == ""
    marvin.says(f"remember that {BINS}")
    rows = database.read(file(tmp_path))
    assert rows is not None
    assert [row["entry"] for row in rows["list_entries"]] == ["milk"]
    assert [row["text"] for row in rows["notes"]] == ["The bins go out on Tuesday"]


def test_damaged_notes(tmp_path: Path) -> None:
    good = {"id": 1, "text": "the bins go out", "noted": "2026-12-01"}
    bad = [good | {"id": 2, "noted": "soon"}, good | {"id": 3, "text": None}]
    database.write(tmp_path / "marvin.sqlite3", {"notes": [good, *bad]})
    agenda = Agenda.load(tmp_path)
    assert [note.noted for note in agenda.notes.all()] == [date(2026, 12, 1)]
    assert "was damaged" in agenda.store.notice
    agenda.close()


def test_bounds(load: Load, tmp_path: Path) -> None:
    rows = [{"id": at, "text": f"key {at} is red", "noted": "2026-12-01"} for at in range(250)]
    file(tmp_path).parent.mkdir()
    database.write(file(tmp_path), {"notes": rows[:MAX_NOTES]})
    noting = load(notes=True)
    assert "say it shorter" in str(noting.says(f"remember that it is {'long' * 100}"))
    assert "all I can keep" in str(noting.says(f"remember that {BINS}"))
    assert str(noting.says("what do you remember")).endswith("And 195 more.")
