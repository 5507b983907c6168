"""Questions that people ask voice assistants are answered, refused with a next step, or left to
the language model; sentences about something else are left alone."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from marvin.llm.none import NoLanguageModel
from marvin.skills import place_names
from marvin.types import Ask

from .conftest import Load, Marvin
from .everyday_questions import OPEN, QUESTIONS, REFUSED
from .more_questions import MORE
from .other_sentences import OTHERS
from .test_cannot_do import sentences

COUNTRIES = Path("/usr/share/zoneinfo/zone.tab")
NAMES = COUNTRIES.with_name("iso3166.tab")
REFUSAL = re.compile(r"\b(?:cannot|do not|know no)\b")
NEXT_STEP = re.compile(r"you can|\b(?:say|dial)\b", re.IGNORECASE)
BY_SKILL = {
    "world_clock": "what time is it in Tokyo",
    "tips": "what is a 15 percent tip on 42 dollars",
    "chance": "flip a coin",
    "spelling": "how do you spell necessary",
    "about": "where does my data go",
    "jokes": "tell me a joke",
    "time": "how long until five pm",
    "date": "what week is it",
}


def as_expected(reply: str | None, want: str) -> bool:
    if reply is None or want == OPEN:
        return reply is None and want == OPEN
    refusal = REFUSAL.search(reply) and NEXT_STEP.search(reply)
    return bool(refusal if want == REFUSED else re.search(want, reply))


def test_question_is_answered_or_refused_with_the_next_step(marvin: Marvin) -> None:
    questions = QUESTIONS | MORE
    replies = {text: marvin.says(text) for text in questions}
    assert {t: r for t, r in replies.items() if not as_expected(r, questions[t])} == {}


def test_without_a_language_model_the_first_reply_says_how_to_get_one() -> None:
    async def without() -> list[str]:
        return [delta async for delta in NoLanguageModel().reply(())]

    assert "marvin models list" in " ".join(asyncio.run(without()))


def test_sentences_about_something_else_are_left_alone(marvin: Marvin) -> None:
    others = sentences(OTHERS)
    assert {text: marvin.says(text) for text in others} == dict.fromkeys(others)


def test_each_skill_can_be_disabled(marvin: Marvin, load: Load) -> None:
    assert None not in {name: marvin.says(text) for name, text in BY_SKILL.items()}.values()
    without = load(disabled=list(BY_SKILL))
    assert {text: without.says(text) for text in BY_SKILL.values()} == dict.fromkeys(
        BY_SKILL.values()
    )


def test_a_place_with_several_time_zones_is_asked_about(marvin: Marvin) -> None:
    reply = marvin.hears("what time is it in the United States")
    assert reply == [
        Ask("The United States has several time zones. New York, Chicago, Denver or Los Angeles?")
    ]
    assert marvin.says("in Denver") == "It is 8:20 AM in Denver."
    assert marvin.says("in Denver") is None


def test_an_unknown_place_is_named(marvin: Marvin) -> None:
    assert marvin.says("what time is it in Narnia") == (
        "I do not know the time zone of Narnia: name a large city or a country."
    )


@pytest.mark.skipif(not COUNTRIES.is_file(), reason="this system has no zone.tab")
def test_countries_have_the_time_zone_of_the_database() -> None:
    rows = [line.split("\t") for line in COUNTRIES.read_text().splitlines() if line[0] != "#"]
    codes = Counter(code for code, *_ in rows)
    zone_of = {code: zone for code, _, zone, *_ in rows if codes[code] == 1}
    names = [line.split("\t") for line in NAMES.read_text().splitlines() if line[0] != "#"]
    known = {name.lower(): zone_of[code] for code, name in names if code in zone_of}
    checked = sorted(known.keys() & place_names.ZONES.keys())
    assert len(checked) > 100
    for month in (1, 7):
        when = datetime(2026, month, 1, tzinfo=UTC)
        for name in checked:
            ours, theirs = ZoneInfo(place_names.ZONES[name]), ZoneInfo(known[name])
            assert when.astimezone(ours).utcoffset() == when.astimezone(theirs).utcoffset(), name


def test_every_place_has_a_zone() -> None:
    assert len({ZoneInfo(zone).key for zone in place_names.ZONES.values()}) > 100
    for place in place_names.CHOICES:
        cities = place_names.CHOICES[place].replace(" or ", ",").split(",")
        assert set(cities) <= place_names.ZONES.keys(), place


def test_names_in_sentences_mean_the_same_in_all_skills(marvin: Marvin) -> None:
    lists: dict[str, object] = {}
    rules: dict[str, str] = {}
    for skill in marvin.skillset._understood["en"].skills:
        for name, words in skill.lists.items():
            assert lists.setdefault(name, words) == words, name
        for name, rule in skill.rules.items():
            assert rules.setdefault(name, rule) == rule, name
