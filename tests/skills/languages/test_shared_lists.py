"""One list for all languages, and lists of people."""

from datetime import UTC

from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.skillset import Skillset
from marvin.skills.store.store import Store
from marvin.types import Person
from tests.skills.conftest import Clock, Marvin


def test_lists_of_other_languages_and_of_people_are_the_english_ones() -> None:
    clock = Clock()
    agenda = Agenda(Store(), clock.steady(), WallClock(clock, UTC))
    skillset = Skillset.load(SkillsConfig(), agenda, clock=clock, languages=("en", "de"))
    user = Marvin(skillset, Dialogue(0.5))
    user.says("add milk to the shopping list")
    assert user.says("Was steht auf dem Einkaufszettel?") == "Auf deiner Einkaufsliste: milk."
    user.dialogue.speaker = Person("Anna")
    said = user.says("Setz Wein auf meine Einkaufsliste")
    assert said == "Ich habe Wein auf deine Einkaufsliste von Anna gesetzt."
    said = user.says("Was steht auf meiner Einkaufsliste?")
    assert said == "Auf deiner Einkaufsliste von Anna: Wein."
    assert agenda.lists.names() == ["shopping", "Anna: shopping"]
    assert user.says("what is on my shopping list") == "On Anna's shopping list: Wein."
    user.dialogue.speaker = None
    assert user.says("Welche Listen gibt es?") == "Du hast 1 Liste: Einkaufsliste mit 1."
