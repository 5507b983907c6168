"""Scripted conversations on the virtual clock, through the real assistant, mind and skills."""

import pytest

from marvin.state import State
from tests.conversation.script_files import SCRIPTS, Conversation, conversations
from tests.conversation.scripted import play

ALL = [one for path in sorted(SCRIPTS.glob("*.txt")) for one in conversations(path)]


@pytest.mark.parametrize("conversation", ALL, ids=lambda one: one.name)
def test_conversation(conversation: Conversation) -> None:
    play(conversation)


LONG = "Ada wrote the first program that was ever meant for a machine."
MORE = "She lived in London with her children."


@pytest.mark.parametrize("after_ms", range(0, 3600, 100))
def test_wake_word_interrupts_at_any_moment_of_a_reply(after_ms: int) -> None:
    """The reply lasts 3.6 s, and the word 0.28 s."""
    cut = " (cut off)" if after_ms < 3200 else ""
    script = f"""
        language model: {LONG}
        user: marvin who was Ada
        marvin: {LONG}{cut}
        user interrupts after {after_ms} ms: marvin what day is it
        marvin: Today is Monday.
        history: Today is Monday."""
    play(Conversation(f"after {after_ms} ms", numbered(script)))


@pytest.mark.parametrize("after_ms", range(700, 4700, 200))
def test_second_call_while_thinking_or_speaking_is_answered(after_ms: int) -> None:
    """Sooner, it continues the sentence (`turn.resume_s`)."""
    script = f"""
        language model: (1 s) {LONG}
        user: marvin who was Ada
        user goes on after {900 + after_ms} ms: marvin what day is it"""
    room = play(Conversation(f"after {after_ms} ms", numbered(script)), strict=False)
    assert [one.text for one in room.sentences()][-1] == "Today is Monday."
    assert room.state is State.IDLE


@pytest.mark.parametrize("after_ms", range(0, 5600, 400))
def test_listener_at_any_moment_of_a_reply_loses_nothing(after_ms: int) -> None:
    script = f"""
        setting: turn.barge_in = "speech"
        language model: {LONG} {MORE}
        user: marvin who was Ada
        user interrupts after {after_ms} ms: uh huh
        history: {LONG} {MORE}"""
    room = play(Conversation(f"after {after_ms} ms", numbered(script)), strict=False)
    assert [one.text for one in room.sentences()] == [LONG, MORE]
    assert not any(one.cut for one in room.sentences())
    spoken = sum(one.ends_s - one.begins_s for one in room.sentences())
    paused = sum(end - begin for one in room.sentences() for begin, end in one.pauses)
    assert spoken - paused == pytest.approx(5.7)


@pytest.mark.parametrize("after_ms", range(0, 3400, 400))
def test_words_interrupt_at_any_moment_of_a_reply(after_ms: int) -> None:
    cut = " (cut off)" if after_ms < 3200 else ""
    script = f"""
        setting: turn.barge_in = "speech"
        language model: {LONG}
        user: marvin who was Ada
        marvin: {LONG}{cut}
        user interrupts after {after_ms} ms: yeah but what day is it
        marvin: Today is Monday.
        history: Today is Monday."""
    play(Conversation(f"after {after_ms} ms", numbered(script)))


@pytest.mark.parametrize(
    ("echo", "barge_in"), [("on", "wake_word"), ("on", "speech"), ("residual", "speech")]
)
def test_echo_of_a_minute_starts_no_turn(echo: str, barge_in: str) -> None:
    sentences = [f"The sentence number {number} has a few more words." for number in range(22)]
    script = f"""
        setting: turn.barge_in = "{barge_in}"
        echo: {echo}
        announce: {" ".join(sentences)}
        wait 65 s"""
    room = play(Conversation("echo", numbered(script)), strict=False)
    assert [one.text for one in room.sentences()] == sentences
    assert room.speaker.ends_s > 59.0
    assert sum(len(one.pauses) for one in room.sentences()) <= (9 if echo == "residual" else 0)
    assert not room.language_model.asked


def test_line_that_fails_is_shown_with_all_that_happened() -> None:
    script = """
        user: marvin what day is it
        marvin: Today is Tuesday."""
    with pytest.raises(
        AssertionError, match=r"line 3: .*(?s:.*)said 'Today is Monday.'(?s:.*)Heard"
    ):
        play(Conversation("wrong", numbered(script)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("marvn: Hello!", "there is no step 'marvn'"),
        ("setting: turn.follow = 6", "follow"),
        ("silent for 5 s", "was not expected|said 'Today"),
    ],
)
def test_mistake_in_a_script_is_an_error(line: str, message: str) -> None:
    script = f"""
        user: marvin what day is it
        {line}"""
    with pytest.raises((AssertionError, ValueError), match=message):
        play(Conversation("wrong", numbered(script)))


def numbered(script: str) -> tuple[tuple[int, str], ...]:
    lines = enumerate(script.splitlines(), 1)
    return tuple((number, line.strip()) for number, line in lines if line.strip())
