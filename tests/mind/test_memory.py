"""What is remembered, for how long, and how much of it fits."""

import pytest

from marvin.config.llm import LIMITS, ConversationTable
from marvin.mind.memory import CUT_OFF, Memory, estimate_tokens
from marvin.types import Message

SYSTEM = Message("system", f"Be brief. {LIMITS}")


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def conversation(
    *, tokens: int = 1000, forget_s: float = 300.0, prompt: str = "Be brief.", clock: Clock
) -> Memory:
    """One in which each word is a token, beside 6 of the template for each message."""
    config = ConversationTable(system_prompt=prompt, history_tokens=tokens, forget_s=forget_s)
    return Memory(config, clock, lambda text: len(text.split()))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def texts(messages: list[Message]) -> list[str]:
    return [message.text for message in messages if message.role != "system"]


def test_a_question_follows_the_system_prompt(clock: Clock) -> None:
    assert conversation(clock=clock).ask("Why?") == [SYSTEM, Message("user", "Why?")]


def test_an_empty_system_prompt_is_no_message(clock: Clock) -> None:
    assert conversation(clock=clock, prompt="").ask("Why?") == [Message("user", "Why?")]


def test_what_was_said_before_is_shown_in_order(clock: Clock) -> None:
    talk = conversation(clock=clock)
    talk.ask("Who wrote Emma?")
    talk.answered("Who wrote Emma?", "Jane Austen.")
    talk.answered("Set a timer.", "Timer set.")
    assert talk.ask("When was she born?") == [
        SYSTEM,
        Message("user", "Who wrote Emma?"),
        Message("assistant", "Jane Austen."),
        Message("user", "Set a timer."),
        Message("assistant", "Timer set."),
        Message("user", "When was she born?"),
    ]


def test_an_interrupted_answer_ends_where_the_user_cut_it_off(clock: Clock) -> None:
    talk = conversation(clock=clock)
    talk.ask("Tell me a story.")
    talk.answered("Tell me a story.", "Once upon a time.", interrupted=True)
    assert texts(talk.ask("Another."))[1] == f"Once upon a time. {CUT_OFF}"


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_question_of_whose_answer_nothing_was_heard_is_not_remembered(
    clock: Clock, interrupted: bool
) -> None:
    talk = conversation(clock=clock)
    talk.ask("Tell me a story.")
    talk.answered("Tell me a story.", "", interrupted=interrupted)
    assert texts(talk.ask("Why?")) == ["Why?"]


def test_roles_alternate_when_an_answer_never_came(clock: Clock) -> None:
    talk = conversation(clock=clock)
    talk.ask("One?")
    talk.ask("Two?")
    talk.answered("Two?", "Yes.")
    assert texts(talk.ask("Three?")) == ["Two?", "Yes.", "Three?"]


@pytest.mark.parametrize(("pause_s", "remembered"), [(299.0, True), (300.0, False)])
def test_a_long_pause_begins_a_new_conversation(
    clock: Clock, pause_s: float, remembered: bool
) -> None:
    talk = conversation(clock=clock)
    talk.ask("One?")
    talk.answered("One?", "Yes.")
    clock.now_s += pause_s
    assert ("One?" in texts(talk.ask("Two?"))) == remembered


def test_the_pause_begins_when_the_answer_ends(clock: Clock) -> None:
    talk = conversation(clock=clock)
    talk.ask("Tell me a long story.")
    clock.now_s += 250
    talk.answered("Tell me a long story.", "The end.")
    clock.now_s += 250
    assert "The end." in texts(talk.ask("Two?"))


def test_a_skill_s_answer_belongs_to_the_conversation_of_its_time(clock: Clock) -> None:
    talk = conversation(clock=clock)
    talk.answered("One?", "Yes.")
    clock.now_s += 400
    talk.answered("Two?", "No.")
    assert texts(talk.ask("Three?")) == ["Two?", "No.", "Three?"]


def test_without_a_memory_every_question_is_the_first(clock: Clock) -> None:
    talk = conversation(clock=clock, forget_s=0)
    talk.ask("One?")
    talk.answered("One?", "Yes.")
    assert texts(talk.ask("Two?")) == ["Two?"]


def test_the_oldest_turns_go_first_and_as_a_whole(clock: Clock) -> None:
    talk = conversation(clock=clock, tokens=100)
    for number in range(6):
        talk.answered(f"question {number}", f"answer {number}")  # 16 tokens
    # 92 are left for history, 96 are there: down to half of the room, so that the next turns
    # begin with what this one begins with.
    begun = texts(talk.ask("now what"))
    assert begun == ["question 4", "answer 4", "question 5", "answer 5", "now what"]
    talk.answered("now what", "then that")
    assert texts(talk.ask("and now"))[:4] == begun[:4]


def test_all_that_fits_is_kept(clock: Clock) -> None:
    talk = conversation(clock=clock, tokens=104)
    for number in range(6):
        talk.answered(f"question {number}", f"answer {number}")
    assert len(texts(talk.ask("now what"))) == 13


def test_a_question_that_is_over_the_budget_alone_keeps_its_end(clock: Clock) -> None:
    talk = conversation(clock=clock, tokens=64)
    talk.answered("before", "after")
    long = " ".join(f"w{number}" for number in range(500))
    (question,) = texts(talk.ask(long))
    assert question == " ".join(f"w{number}" for number in range(442, 500))
    talk.answered(long, "Yes.")
    assert texts(talk.ask("Why?")) == ["Why?"], "it leaves no room for itself"


def test_a_question_without_spaces_is_cut_too(clock: Clock) -> None:
    config = ConversationTable(history_tokens=64)
    talk = Memory(config, clock)
    question = talk.ask("今日は" * 100)[-1].text
    assert 0 < estimate_tokens(question) <= 58
    assert ("今日は" * 100).endswith(question)


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("мир", 3), ("日本", 3)]
)
def test_tokens_are_estimated_by_script(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
