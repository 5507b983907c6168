"""Commands and skills of the user's own, in the language of the conversation."""

import sys
from pathlib import Path

import pytest

from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.errors import ConfigError, SkillError
from marvin.skills.own.own_skills import load_own_skills
from marvin.skills.skillset import Skillset
from tests.skills.conftest import Marvin


def _command(*sentences: str, **keys: object) -> dict[str, object]:
    return {"sentences": list(sentences)} | keys


def _load(code: str, *commands: dict[str, object], **lists: list[str]) -> Marvin:
    config = SkillsConfig.model_validate({"commands": list(commands), "lists": lists})
    return Marvin(Skillset.load(config, languages=(code,)), Dialogue(0.5))


_IN_LANGUAGES = {
    "de": ("(schalte|mach) [die] {lamp} an", "Schalte bitte die Küchenlampe an!", "Küchenlampe"),
    "es": ("enciende [la] {lamp}", "¿Puedes enciende la lámpara pequeña?", "lámpara pequeña"),
    "fr": ("allume [la] {lamp}", "S'il te plaît, allume la lampe à côté.", "lampe à côté"),
    "it": ("accendi [la] {lamp}", "Accendi la più piccola, per favore", "più piccola"),
    "nl": ("doe [de] {lamp} aan", "Doe de één-na-grootste aan", "één-na-grootste"),
}


@pytest.mark.parametrize(("code", "said"), _IN_LANGUAGES.items())
def test_a_command_with_a_list_in_the_language(code: str, said: tuple[str, str, str]) -> None:
    sentence, heard, entry = said
    marvin = _load(code, _command(sentence, say="{lamp}!"), lamp=["x", entry])
    assert marvin.says(heard) == f"{entry}!"


_PERCENT = {
    "de": ("dimme auf {level} %", "Dimme auf fünfundvierzig Prozent"),
    "es": ("baja al {level} %", "Baja al cuarenta y cinco por ciento"),
    "fr": ("règle à {level} %", "Règle à quarante-cinq pour cent"),
    "it": ("metti al {level} %", "Metti al quarantacinque per cento"),
    "nl": ("dim naar {level} %", "Dim naar vijfenveertig procent"),
}


@pytest.mark.parametrize(("code", "said"), _PERCENT.items())
def test_a_number_in_words(code: str, said: tuple[str, str]) -> None:
    sentence, heard = said
    marvin = _load(code, _command(sentence, say="{level}"), level=["0..100"])
    assert marvin.says(heard) == "45"
    assert marvin.says(heard.rpartition(" ")[0]) != "45"


def test_own_sentences_take_precedence_over_a_refusal() -> None:
    marvin = _load("de", _command("mach das Licht an", say="Es werde Licht."))
    assert marvin.says("Mach das Licht an.") == "Es werde Licht."
    assert (marvin.says("Mach das Licht aus.") or "").startswith("Das kann ich nicht")


def test_what_a_command_says_of_itself() -> None:
    done = _command("lüfte", run=[sys.executable, "-c", ""])
    fails = _command("koche", run=[sys.executable, "-c", "raise SystemExit(1)"])
    marvin = _load("de", done, fails)
    assert marvin.says("Lüfte bitte") == "Erledigt."
    with pytest.raises(SkillError, match=r"Dieser Befehl ist fehlgeschlagen\."):
        marvin.says("koche")


def test_two_commands_that_sound_the_same_in_the_language() -> None:
    one, other = (
        _command("stelle zwei Kerzen auf", say="a"),
        _command("stelle 2 Kerzen auf", say="b"),
    )
    with pytest.raises(ConfigError, match=r"commands\[1\].*can never be heard"):
        _load("de", one, other)


def test_help_names_a_command_as_it_is_said() -> None:
    marvin = _load("de", _command("größe in % ansagen", say="7"))
    assert marvin.skillset.examples()["commands"] == ("größe in prozent ansagen",)


def test_a_file_of_own_skills(tmp_path: Path) -> None:
    (tmp_path / "tee.toml").write_text(
        '[skills.lists]\ntee = ["grüner Tee", "schwarzer Tee"]\n\n'
        '[[skills.commands]]\nsentences = ["wie lange zieht {tee}"]\n'
        'say = "{tee}: drei Minuten."\n',
        encoding="utf-8",
    )
    config = SkillsConfig()
    skillset = Skillset.load(
        config, own=lambda: load_own_skills(tmp_path, config), languages=("de",)
    )
    marvin = Marvin(skillset, Dialogue(0.5))
    assert marvin.says("Wie lange zieht grüner Tee?") == "grüner Tee: drei Minuten."
