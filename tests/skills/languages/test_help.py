"""What Marvin says about itself, in each language."""

from pathlib import Path

import pytest

from marvin.languages.language import CODES, language
from tests.skills.conftest import Clock
from tests.skills.languages.test_languages import load

_HELP = {
    "de": "Was kannst du alles?",
    "es": "¿Qué puedes hacer?",
    "fr": "Qu'est-ce que tu peux faire ?",
    "it": "Che cosa sai fare?",
    "nl": "Wat kun je allemaal?",
}


@pytest.mark.parametrize(("code", "question"), _HELP.items())
def test_help_names_examples_of_the_language(code: str, question: str, tmp_path: Path) -> None:
    user = load(code, tmp_path, Clock())
    reply = user.says(question) or ""
    begin, end = language(code).replies["You can say, for example: {examples}."].split("{examples}")
    assert reply.startswith(begin)
    assert reply.endswith(end)
    examples = [one for some in user.skillset.examples().values() for one in some]
    assert any(f'"{one}"' in reply for one in examples)
    assert user.skillset.suggestion().startswith(begin)


@pytest.mark.parametrize("code", CODES)
def test_there_may_be_nothing_to_repeat(code: str, tmp_path: Path) -> None:
    spoken = language(code)
    reply = load(code, tmp_path, Clock()).says(spoken.areas["repeat"].examples[0])
    assert reply == spoken.replies["I have not said anything yet."]
