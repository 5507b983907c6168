"""Lists by voice, and on disk."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from marvin.skills.lists.list_set import MAX_ENTRIES, Lists
from marvin.skills.store.store import Store

from .conftest import Load, Marvin
from .test_alarm_wordings import talk


def test_shopping_list(marvin: Marvin) -> None:
    talk(
        marvin,
        """
        what is on my list -> Your shopping list is empty.
        add milk and eggs to the shopping list -> Added milk and eggs to your shopping list.
        Add bread, two apples and some cheese to my list. -> Added bread, 2 apples and cheese to your shopping list.
        put some milk on the list -> Milk is on your shopping list already.
        what's on my list -> On your shopping list: milk, eggs, bread, 2 apples and cheese.
        take milk off -> Took milk off your shopping list.
        take an egg off the list -> Took eggs off your shopping list.
        remove apples and beer from my shopping list -> Took 2 apples off your shopping list.
        remove beer from my shopping list -> Beer is not on your shopping list.
        is bread on the list -> Yes, bread is on your shopping list.
        are eggs on the shopping list -> No, eggs are not on your shopping list.
        how many things are on my list -> There are 2 on your shopping list: bread and cheese.
        clear the shopping list -> I cleared your shopping list, which had 2 entries.
        clear the shopping list -> Your shopping list is empty already.
        """,  # noqa: E501
    )


@pytest.mark.parametrize(
    "said",
    [
        "add milk to the shopping list and bread to the packing list",
        "add milk I mean eggs to the shopping list",
    ],
)
def test_two_lists_or_a_correction_change_nothing(marvin: Marvin, said: str) -> None:
    assert str(marvin.says(said)).startswith("Say what it is")
    assert marvin.says("what lists do I have") == "You have no lists."


def test_several_lists(marvin: Marvin) -> None:
    talk(
        marvin,
        """
        what lists do I have -> You have no lists.
        add call mom and my dad to my to do list -> Added call mom and your dad to your to do list.
        add socks to the summer holiday list -> Added socks to your summer holiday list.
        add eggs to the groceries -> Added eggs to your grocery list.
        what lists do I have -> You have 3 lists: to do with 1, summer holiday with 1 and grocery with 1.
        what is on my list -> Which list: to do, summer holiday or grocery?
        the grocery list -> On your grocery list: eggs.
        add milk to my list -> Which list: to do, summer holiday or grocery?
        grocery -> Added milk to your grocery list.
        take milk off -> Took milk off your grocery list.
        add eggs to the shopping list -> Added eggs to your shopping list.
        cross eggs off -> Which list: grocery or shopping?
        shopping -> Took eggs off your shopping list.
        """,  # noqa: E501
    )


def test_what_is_not_for_a_list(marvin: Marvin) -> None:
    marvin.says("add milk to the shopping list")
    for text in (
        "take my shoes off",
        "take the lid off",
        "check off the box",
        "write a shopping list for a barbecue",
        "make me a packing list for Rome",
        "remove the rhyme from the second line",
        "add two sentences to the poem",
        "put the words in alphabetical order",
        "list the planets in order",
        "who is on the list of presidents",
    ):
        assert marvin.says(text) is None, text
    for text in ("add that to my calendar", "add this song to my playlist", "put the kettle on"):
        assert str(marvin.says(text)).startswith("I cannot"), text
    assert str(marvin.says("add that to my list")).startswith("Say what it is")
    assert marvin.skillset.agenda.lists.entries("shopping") == ["milk"]


def test_lists_survive_a_restart_and_a_damaged_entry(tmp_path: Path) -> None:
    path = tmp_path / "marvin.sqlite3"
    lists = Lists(Store.load(path))
    lists.add("shopping", ["milk", "eggs"])
    lists.store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE list_entries SET entry = 5 WHERE entry = 'eggs'")
    again = Lists(Store.load(path))
    assert again.entries("shopping") == ["milk"]
    assert "was damaged" in again.store.notice


def test_lists_change_without_a_running_marvin(tmp_path: Path) -> None:
    path = tmp_path / "marvin.sqlite3"
    Lists(Store.unattended(path)).add("shopping", ["milk"])
    Lists(Store.unattended(path)).add("shopping", ["eggs"])
    assert Lists(Store.unattended(path)).entries("shopping") == ["milk", "eggs"]


def test_lists_are_limited(marvin: Marvin) -> None:
    lists = marvin.skillset.agenda.lists
    lists.add("shopping", map(str, range(MAX_ENTRIES)))
    assert "all I can keep" in str(marvin.says("add milk to the shopping list"))
    assert len(lists.entries("shopping")) == MAX_ENTRIES


@pytest.mark.parametrize("disabled", ["lists"])
def test_lists_can_be_disabled(load: Load, disabled: str) -> None:
    marvin = load(disabled=[disabled])
    assert str(marvin.says("add milk to the shopping list")).startswith("I cannot add milk")
