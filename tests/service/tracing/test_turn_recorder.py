"""The spans of turns, from their events, on a clock set by hand."""

from marvin.config.llm import ChatConfig
from marvin.config.tables import Config
from marvin.config.trace import TraceConfig
from marvin.events import (
    Event,
    Heard,
    Replied,
    StateChanged,
    ToolUsed,
    TurnFailed,
    TurnFinished,
    WakeWordHeard,
)
from marvin.service.tracing.turn_recorder import TurnRecorder
from marvin.service.tracing.turn_spans import Span
from marvin.state import State, Trigger

_NS = 1_000_000_000
SECRET = "my secret plan"
TOOL = ToolUsed("forecast", "weather", f'{{"of": "{SECRET}"}}', SECRET, False, 0.5)


class Recorded:
    """What a recorder makes of events; the user's speech ends one hour after the epoch."""

    def __init__(self, config: Config | None = None) -> None:
        self.turns: list[Span] = []
        self.now_s = 3600.0
        self._recorder = TurnRecorder(
            config or Config(),
            self.turns.append,
            lambda: self.now_s,
            lambda: round(self.now_s * _NS),
        )

    def at(self, seconds: float, *events: Event) -> None:
        """`seconds`: since the end of the user's speech."""
        self.now_s = 3600.0 + seconds
        for event in events:
            self._recorder.note(event)

    def called(self) -> None:
        """The wake word was heard at 10 s of the stream, and the speech ended at 13 s."""
        self.at(-3.0, WakeWordHeard(0.91234, 9.9), changed(Trigger.WAKE_WORD, 10.0))
        self.at(0.0, changed(Trigger.ENDPOINT, 13.0))

    def answered(self) -> None:
        self.at(0.2, Heard(SECRET, 0.8765, "Anna"))
        self.at(0.3, Replied(SECRET))
        self.at(1.5, TOOL)
        self.at(2.0, Replied("It is done."))
        self.at(4.0, finished("answered", answered_by="llm"))


def changed(cause: Trigger, at_s: float) -> Event:
    after = State.THINKING if cause is Trigger.ENDPOINT else State.LISTENING
    return StateChanged(State.IDLE, after, cause, at_s)


def finished(
    outcome: str,
    stt_s: float | None = 0.2,
    first_audio_s: float | None = 0.5,
    total_s: float = 4.0,
    answered_by: str = "",
) -> TurnFinished:
    return TurnFinished(outcome, 0.9, 1.5, 0.7, stt_s, 0.1, first_audio_s, total_s, answered_by)


def times(span: Span) -> dict[str, tuple[float, float]]:
    """Of it and all below it, in seconds since the end of the user's speech."""
    found = {span.name: (_seconds(span.start_ns), _seconds(span.end_ns))}
    for child in span.children:
        found |= times(child)
    return found


def _seconds(ns: int) -> float:
    return round(ns / _NS - 3600.0, 3)


def part(span: Span, name: str) -> Span:
    return next(child for child in span.children if child.name == name)


def chat() -> ChatConfig:
    return ChatConfig(base_url="http://127.0.0.1:9/v1", model="llama")


def test_each_stage_has_its_time() -> None:
    recorded = Recorded()
    recorded.called()
    recorded.answered()
    (turn,) = recorded.turns
    assert times(turn) == {
        "turn": (-3.1, 4.0),
        "wake": (-3.1, -3.0),
        "listen": (-3.0, 0.0),
        "endpoint": (-0.7, 0.0),
        "first_audio": (0.0, 0.5),
        "stt": (0.0, 0.2),
        "mind": (0.2, 2.0),
        "execute_tool forecast": (1.0, 1.5),
        "tts": (0.3, 0.5),
        "speak": (0.5, 4.0),
    }


def test_attributes_have_the_names_of_the_conventions() -> None:
    recorded = Recorded(Config(llm=chat()))
    recorded.called()
    recorded.answered()
    (turn,) = recorded.turns
    assert (
        turn.attributes.items()
        >= {
            "gen_ai.operation.name": "invoke_agent",
            "marvin.begun_by": "wake word",
            "marvin.outcome": "answered",
            "marvin.answered_by": "llm",
        }.items()
    )
    mind = part(turn, "mind")
    assert mind.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "chat",
        "gen_ai.request.model": "llama",
    }
    assert mind.children[0].attributes == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "forecast",
        "gen_ai.tool.type": "extension",
        "marvin.tool.server": "weather",
    }
    assert part(turn, "wake").attributes["marvin.wake.score"] == 0.9123
    assert part(turn, "stt").attributes == {
        "marvin.engine": "sphinx",
        "marvin.stt.confidence": 0.876,
    }


def test_no_model_is_named_if_another_one_may_have_answered() -> None:
    fallback = chat().model_copy(update={"fallbacks": (chat(),)})
    recorded = Recorded(Config(llm=fallback))
    recorded.called()
    recorded.answered()
    assert "gen_ai.request.model" not in part(recorded.turns[0], "mind").attributes


def test_words_are_sent_only_if_asked_for() -> None:
    for words in (False, True):
        recorded = Recorded(Config(trace=TraceConfig(words=words)))
        recorded.called()
        recorded.at(0.25, TurnFailed("llm", SECRET))
        recorded.answered()
        text = str(recorded.turns[0])
        assert text.count("secret") == 5 * words
        assert text.count("Anna") == 1 * words


def test_failure_is_that_of_its_stage() -> None:
    for stage, span in (
        ("stt", "stt"),
        ("llm", "mind"),
        ("home_assistant", "mind"),
        ("tts", "tts"),
    ):
        recorded = Recorded()
        recorded.called()
        if stage != "stt":
            recorded.at(0.2, Heard("hello", 1.0))
        recorded.at(0.3, TurnFailed(stage, "no memory"), Replied("Sorry."))
        recorded.at(4.0, finished("failed", None if stage == "stt" else 0.2))
        (turn,) = recorded.turns
        assert turn.error == stage
        assert [(one.name, one.error) for one in turn.children if one.error] == [(span, stage)]
        if stage != "tts":
            assert times(turn)[span][1] == 0.3


def test_turn_that_is_cut_off_ends_after_the_next_one_has_begun() -> None:
    recorded = Recorded()
    recorded.called()
    recorded.at(2.0, WakeWordHeard(0.7, 15.0), changed(Trigger.WAKE_WORD, 15.0))
    recorded.at(4.0, changed(Trigger.ENDPOINT, 17.0), Heard("hello", 1.0))
    recorded.at(4.5, finished("interrupted", None, None, total_s=4.5))
    recorded.at(6.0, finished("answered", total_s=2.0))
    cut, whole = recorded.turns
    assert times(cut)["turn"] == (-3.1, 4.5)
    assert times(whole)["turn"] == (2.0, 6.0)
    assert "mind" not in times(cut)
    assert "mind" in times(whole)


def test_user_who_goes_on_has_called_once() -> None:
    recorded = Recorded()
    recorded.called()
    recorded.at(0.4, changed(Trigger.RESUMED, 13.4))
    recorded.at(0.4, finished("resumed", None, None, total_s=0.4))
    recorded.at(2.0, changed(Trigger.ENDPOINT, 15.0))
    recorded.at(3.0, finished("answered", total_s=1.0))
    assert [times(turn)["turn"] for turn in recorded.turns] == [(-3.1, 0.4), (-3.1, 3.0)]


def test_follow_up_has_no_wake_word() -> None:
    recorded = Recorded()
    recorded.called()
    recorded.answered()
    recorded.at(4.0, changed(Trigger.FOLLOW_UP, 17.0))
    recorded.at(6.0, changed(Trigger.ENDPOINT, 19.0))
    recorded.at(7.0, finished("answered", total_s=1.0))
    second = recorded.turns[1]
    assert "wake" not in times(second)
    assert second.attributes["marvin.begun_by"] == "follow-up"
    conversation = "gen_ai.conversation.id"
    assert second.attributes[conversation] == recorded.turns[0].attributes[conversation]


def test_announcement_is_no_turn() -> None:
    recorded = Recorded()
    recorded.at(0.0, Replied("Your timer is over."), TurnFailed("tts", "no sound"))
    assert recorded.turns == []


def test_turns_that_never_end_are_forgotten() -> None:
    recorded = Recorded()
    for _ in range(100):
        recorded.called()
    recorded.at(4.0, finished("answered"))
    assert len(recorded.turns) == 1
