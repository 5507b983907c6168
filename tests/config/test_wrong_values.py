"""A value of the wrong type is explained and corrected in plain words, not in Python terms."""

import pytest

from tests.config.test_loading import Write, problems
from tests.config.test_loading import home as home
from tests.config.test_loading import write as write


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("run = 'echo hello'", """run: 'echo hello' should be a list: run = ["echo", "hello"]"""),
        ("run = 'say \"a b\" c'", """should be a list: run = ["say", "a b", "c"]"""),
        ("run = 'echo it\\'s'".replace("\\'", "`"), 'run = ["echo", "it`s"]'),
        ("run = []", "run: the value should not be empty"),
        ("run = 'true'\nsay = 3", 'say: 3 should be text in quotes: say = "3"'),
        ("run = ['sleep', 3]", "run[1]: 3 should be text in quotes"),
        ("timeout_s = 'long'", "timeout_s: 'long' should be a number"),
    ],
)
def test_value_of_the_wrong_type_is_explained_and_corrected(
    write: Write, wrong: str, said: str
) -> None:
    path = write("[[skills.commands]]\nsentences = ['hello']\n" + wrong + "\n")
    assert any(said in line for line in problems(path)), problems(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[skills]\ndisabled = 'clock'", """'clock' should be a list: disabled = ["clock"]"""),
        ("[skills.lists]\nlamp = 'bed light'", 'should be a list: lamp = ["bed light"]'),
        ("[[skills.commands]]\nsentences = 'hi'", 'should be a list: sentences = ["hi"]'),
        ("[skills.commands]\nsentences = ['hi']", "[[commands]] in double brackets"),
        ("wake = 3", "wake: 3 should be a table: [wake]"),
        ("[tts]\nvoice = true", "voice: True should be text in quotes"),
        ("[turn]\nwake_chime = 'maybe'", "wake_chime: 'maybe' should be true or false"),
        ("[vad]\naggressiveness = 1.5", "aggressiveness: 1.5 should be a whole number"),
        ("[audio]\nduck = true", "audio.duck: True should be a number"),
        ("[vad]\naggressiveness = true", "aggressiveness: True should be a number"),
        ("[audio]\ninput = ''", "input: '' should not be empty"),
        ("[skills]\nstate_dir = 3", "state_dir: 3 should be a path in quotes"),
    ],
)
def test_no_problem_mentions_python(write: Write, text: str, said: str) -> None:
    (line,) = problems(write(text))
    assert said in line
    for word in ("tuple", "dictionary", "instance", "valid", "string"):
        assert word not in line
