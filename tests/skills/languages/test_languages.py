"""Every language understands and says the same."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC
from itertools import groupby
from pathlib import Path

import pytest

import marvin as package
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.errors import ConfigError
from marvin.languages.language import CODES, Language, language
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.built_in import built_in
from marvin.skills.sentence_patterns import ANY_LANGUAGE, Skill
from marvin.skills.skillset import Skillset, local_time
from marvin.skills.store.store import Store
from marvin.skills.tool_confirmation import CONFIRM
from marvin.skills.tool_table import TOOLS
from tests.skills.conftest import Clock, Marvin
from tests.skills.test_skill_tools import check_tools

_MARKS = ("tr", "translatable")
_SLOT = re.compile(r"\{(\w*)\}")
_SOURCE = Path(package.__file__).parent


def _replies() -> Iterator[tuple[str, str]]:
    """Each literal of `tr` and `translatable`, with where it is."""
    for path in _SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _MARKS:
                where = f"{path.relative_to(_SOURCE)}:{node.lineno}"
                assert isinstance(node.args[0], ast.Constant), f"{where}: not a literal"
                yield str(node.args[0].value), where


def _english() -> list[Skill]:
    return list(built_in(SkillsConfig(notes=True), Agenda(), local_time, "marvin", tuple))


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_missing_in_a_language(code: str) -> None:
    spoken = language(code)
    for skill in _english():
        area = spoken.areas[skill.name]
        keys = {phrase.key for phrase in skill.phrases} - {"", ANY_LANGUAGE}
        assert set(area.sentences) == keys, f"{code}: {skill.name}"
        assert bool(area.examples) == bool(skill.examples), f"{code}: examples of {skill.name}"
    replies = dict(_replies())
    assert set(spoken.replies) == set(replies)
    for english, where in replies.items():
        translated = spoken.replies[english]
        assert set(_SLOT.findall(translated)) == set(_SLOT.findall(english)), where


@pytest.mark.parametrize("code", CODES)
def test_no_table_says_anything_twice(code: str) -> None:
    areas = language(code).areas.values()
    for table in ("rules", "spoken_rules", "lists", "replies"):
        keys = [key for area in areas for key in getattr(area, table)]
        assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)


def load(code: str, folder: Path, clock: Clock) -> Marvin:
    agenda = Agenda(Store.load(folder / "store"), clock.steady(), WallClock(clock, UTC))
    skillset = Skillset.load(
        SkillsConfig(clock="24h", notes=True), agenda, clock=clock, languages=(code,)
    )
    return Marvin(skillset, Dialogue(0.5, lambda: clock.now.timestamp()))


@pytest.fixture(scope="module", params=CODES)
def spoken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Marvin:
    return load(request.param, tmp_path_factory.mktemp(request.param), Clock())


def test_every_example_is_understood_by_its_skill(spoken: Marvin) -> None:
    for skill, examples in spoken.skillset.examples().items():
        for example in examples:
            found = spoken.skillset.explain(example)
            assert found is not None, f"nothing understands {example!r}"
            assert found[0].name == skill, f"{example!r} is understood by {found[0].name}"


def test_every_tool_of_a_language_model_is_understood_by_its_skill(spoken: Marvin) -> None:
    found = check_tools(spoken.skillset, "")
    # Their times have slots of their own.
    assert {entry.name for entry in TOOLS} - found <= {"set_alarm", "remind", "cancel_alarm"}


class _Asked:
    approved = False

    def approve(self) -> None:
        self.approved = True


YES_AND_NO = {
    "de": ("Ja, mach das.", "Nein, lieber nicht."),
    "es": ("Sí, por favor.", "No, gracias."),
    "fr": ("Oui, s'il te plaît.", "Non, merci."),
    "it": ("Sì, grazie.", "No, grazie."),
    "nl": ("Ja, graag.", "Nee, dank je."),
}


def test_only_a_yes_lets_a_tool_be_called(spoken: Marvin) -> None:
    language = spoken.skillset.understood().language
    assert language is not None
    yes, no = YES_AND_NO[language.code]
    for said, approved in ((no, False), (yes, True)):
        asked = _Asked()
        spoken.dialogue.ask(CONFIRM, "Shall I?", asked)
        assert spoken.hears(said) is not None, said
        assert asked.approved is approved
    assert language.replies["Okay, I will not."]


def _conversations() -> Iterator[tuple[str, str, list[str]]]:
    """Language, place and lines of each conversation in the `.txt` files beside this one."""
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        code = ""
        lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for blank, part in groupby(lines, key=lambda line: not line[1].strip()):
            said = [] if blank else list(part)
            if said and said[0][1].startswith("# "):
                code = said.pop(0)[1].removeprefix("# ")
            if said:
                yield code, f"{path.name}:{said[0][0]}", [line for _, line in said]


_CONVERSATIONS = list(_conversations())


def _clear(agenda: Agenda) -> None:
    agenda.timers.cancel(agenda.timers.all())
    agenda.alarms.cancel(agenda.alarms.all())
    agenda.notes.cancel(agenda.notes.all())
    for name in agenda.lists.names():
        agenda.lists.clear(name)


@pytest.mark.parametrize("code", CODES)
def test_conversations(code: str, tmp_path: Path) -> None:
    """`> ` is what the user says, `< ` the reply, `!` that there is none, `+ 90` a wait in seconds.
    A blank line begins another conversation; what it set goes on. Each file begins at the same
    time, with nothing set."""
    clock = Clock()
    user = load(code, tmp_path, clock)
    file = ""
    for _, where, lines in [one for one in _CONVERSATIONS if one[0] == code]:
        if file != (file := where.partition(":")[0]):
            clock.now = Clock().now
            _clear(user.skillset.agenda)
        user.dialogue = Dialogue(0.5, lambda: clock.now.timestamp())
        reply: str | None = ""
        for line in lines:
            kind, _, text = line.partition(" ")
            if kind == ">":
                reply = user.says(text)
            elif kind == "+":
                clock.pass_(seconds=float(text))
            elif kind == "!":
                assert reply is None, f"{where}: {reply}"
            else:
                assert reply == text, f"{where}: {line}"


def test_a_text_in_an_unknown_language_may_be_in_any(tmp_path: Path) -> None:
    clock = Clock()
    agenda = Agenda(Store.load(tmp_path / "store"), clock.steady(), WallClock(clock, UTC))
    skillset = Skillset.load(SkillsConfig(), agenda, clock=clock, languages=("en", "de"))
    user = Marvin(skillset, Dialogue(0.5))
    assert user.says("set the volume to 40 percent") == "Volume 40 percent."
    assert user.says("Stell die Lautstärke auf fünfzig Prozent.") == "Lautstärke 50 Prozent."


def test_a_language_without_a_file_says_which_there_are() -> None:
    with pytest.raises(ConfigError, match="'xx', only in en, de, es, fr, it, nl"):
        language("xx")


def test_a_phrase_is_named_by_its_english_meaning() -> None:
    german: Language = language("de")
    assert german.named("level", "maximum") == "maximum"
