"""Lists of people whose voice is known."""

from marvin.types import Person

from .conftest import Marvin

ANNA, BEN = Person("Anna"), Person("Ben")


def says(marvin: Marvin, person: Person | None, text: str) -> str | None:
    marvin.dialogue.speaker = person
    return marvin.says(text)


def test_my_list_belongs_to_whoever_speaks(marvin: Marvin) -> None:
    added = says(marvin, ANNA, "add milk to my shopping list")
    assert added == "Added milk to Anna's shopping list."
    assert says(marvin, BEN, "add beer to my list") == "Added beer to Ben's shopping list."
    added = says(marvin, None, "add soap to my shopping list")
    assert added == "Added soap to your shopping list."
    assert marvin.skillset.agenda.lists.names() == ["Anna: shopping", "Ben: shopping", "shopping"]
    for person, entry in ((ANNA, "Anna's shopping list: milk"), (BEN, "Ben's shopping list: beer")):
        assert says(marvin, person, "what is on my shopping list") == f"On {entry}."
    assert says(marvin, None, "what is on my list") == "On your shopping list: soap."
    assert says(marvin, ANNA, "what is on the shopping list") == "On your shopping list: soap."


def test_lists_of_others_are_not_told(marvin: Marvin) -> None:
    says(marvin, ANNA, "add a ring to my shopping list")
    for person in (BEN, None):
        assert says(marvin, person, "what lists do I have") == "You have no lists."
        assert says(marvin, person, "what is on the list") == "Your shopping list is empty."
        assert "ring" not in (says(marvin, person, "take the ring off") or "")
    assert says(marvin, ANNA, "what lists do I have") == (
        "You have 1 list: Anna's shopping with 1."
    )


def test_emptied_and_taken_off(marvin: Marvin) -> None:
    says(marvin, ANNA, "add call mom and dad to my to do list")
    assert marvin.skillset.agenda.lists.entries("Anna: to do") == ["call mom and dad"]
    assert says(marvin, ANNA, "clear my shopping list") == "Anna's shopping list is empty already."
    says(marvin, ANNA, "add milk to my shopping list")
    assert says(marvin, ANNA, "take milk off") == "Took milk off Anna's shopping list."


def test_which_of_my_lists(marvin: Marvin) -> None:
    for text in ("add milk to my shopping list", "add socks to my packing list"):
        says(marvin, ANNA, text)
    says(marvin, None, "add soap to the shopping list")
    question = says(marvin, ANNA, "what is on my list")
    assert question == "Which list: Anna's shopping or Anna's packing?"
    assert says(marvin, ANNA, "the packing list") == "On Anna's packing list: socks."
