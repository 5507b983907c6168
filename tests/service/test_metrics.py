"""Counters and percentiles computed from events, on a clock set by hand."""

import json

from marvin.events import (
    Armed,
    AudioLost,
    DeviceBack,
    DeviceLost,
    DeviceSilent,
    EngineNotice,
    Event,
    Heard,
    NearMiss,
    PartlyHeard,
    Replied,
    ServerBack,
    ServerLost,
    StateChanged,
    TurnFailed,
    TurnFinished,
    WakeWordHeard,
)
from marvin.service.metrics import TURNS, Metrics, process_figures
from marvin.state import State, Trigger


class Clock:
    """A clock that stands still until set."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def turn(total_s: float = 1.0, outcome: str = "answered", stt_s: float | None = 0.1) -> Event:
    return TurnFinished(outcome, 0.9, 1.0, 0.6, stt_s, None, 0.3, total_s)


def noted(*events: Event) -> dict[str, object]:
    metrics = Metrics(Clock())
    for event in events:
        metrics.note(event)
    return metrics.snapshot()


def latency(part: str, *events: Event) -> object:
    found = noted(*events)["latency"]
    assert isinstance(found, dict)
    return found[part]


def test_state_with_its_start_and_the_uptime() -> None:
    clock = Clock()
    metrics = Metrics(clock)
    clock.now_s += 4
    assert metrics.snapshot().items() >= {"state": "starting", "since_s": 4.0}.items()
    metrics.note(Armed("marvin", 3.9))
    clock.now_s += 60
    idle = metrics.snapshot()
    assert (idle["state"], idle["since_s"], idle["uptime_s"]) == ("idle", 60.0, 64.0)
    assert idle["start_up_s"] == 3.9
    metrics.note(StateChanged(State.IDLE, State.LISTENING, Trigger.WAKE_WORD, 60.0))
    clock.now_s += 2
    listening = metrics.snapshot()
    assert (listening["state"], listening["since_s"]) == ("listening", 2.0)
    assert listening["uptime_s"] == 66.0


def test_each_event_has_its_own_counter() -> None:
    found = noted(
        WakeWordHeard(0.9, 1.0),
        WakeWordHeard(0.8, 2.0),
        NearMiss(0.3, 3.0),
        NearMiss(0.4, 9.0),
        NearMiss(0.3, 12.0),
        turn(),
        turn(outcome="interrupted"),
        turn(outcome="interrupted"),
        TurnFailed("stt", "no memory"),
        TurnFailed("llm", "no server"),
        TurnFailed("llm", "no server"),
        EngineNotice("llm", "skills alone from now on"),
        AudioLost(0.25),
        AudioLost(1.5),
    )
    assert (found["wakes"], found["near_misses"]) == (2, 3)
    assert found["turns"] == {"answered": 1, "interrupted": 2}
    assert found["failures"] == {"stt": 1, "llm": 2}
    assert found["notices"] == 1
    assert (found["overruns"], found["audio_lost_s"]) == (2, 1.75)


def test_lost_device_is_named_until_it_returns() -> None:
    clock = Clock()
    metrics = Metrics(clock)
    metrics.note(DeviceLost("input", "USB Mic", "unplugged"))
    metrics.note(DeviceLost("output", "Speaker", "the sound server went"))
    clock.now_s += 3
    metrics.note(DeviceBack("output", "Speaker", 3.0))
    away = metrics.snapshot()
    assert away["devices_away"] == {"input": {"device": "USB Mic", "since_s": 3.0}}
    metrics.note(DeviceBack("input", "USB Mic", 4.5))
    back = metrics.snapshot()
    assert back["devices_away"] == {}
    assert back["device_losses"] == {"input": 1, "output": 1}
    assert back["device_away_s"] == 7.5


def test_lost_server_is_named_until_it_returns() -> None:
    clock = Clock()
    metrics = Metrics(clock)
    metrics.note(ServerLost("wake", "tcp://nas:10400", "no answer"))
    clock.now_s += 3
    away = metrics.snapshot()["servers_away"]
    assert away == {"wake": {"address": "tcp://nas:10400", "since_s": 3.0}}
    metrics.note(ServerBack("wake", "tcp://nas:10400", 3.0))
    assert metrics.snapshot()["servers_away"] == {}
    metrics.note(ServerLost("wake", "tcp://nas:10400", "no answer"))
    metrics.reloading()
    assert metrics.snapshot()["servers_away"] == {}


def test_silent_microphone_is_named_until_it_hears_again() -> None:
    silent = DeviceSilent("USB Mic", 5.0, over=False)
    assert noted(silent)["silent_microphone"] == "USB Mic"
    assert noted(silent, DeviceSilent("USB Mic", 9.0, over=True))["silent_microphone"] is None


def test_before_the_first_turn_there_are_no_percentiles() -> None:
    assert latency("total_s") == {"turns": 0, "p50": None, "p95": None}


def test_percentiles_of_a_stage() -> None:
    turns = [turn(total_s=float(number)) for number in range(100, 0, -1)]
    assert latency("total_s", *turns) == {"turns": 100, "p50": 50.0, "p95": 95.0}
    assert latency("total_s", turn(7.0)) == {"turns": 1, "p50": 7.0, "p95": 7.0}


def test_stage_that_a_turn_did_not_reach_is_not_counted() -> None:
    turns = [turn(stt_s=0.2), turn(stt_s=None), turn(stt_s=0.4)]
    assert latency("stt_s", *turns) == {"turns": 2, "p50": 0.2, "p95": 0.4}
    assert latency("first_token_s", *turns) == {"turns": 0, "p50": None, "p95": None}


def test_total_of_an_interrupted_turn_is_not_counted() -> None:
    turns = [turn(2.0), turn(0.1, "interrupted"), turn(0.1, "wake word alone")]
    assert latency("total_s", *turns) == {"turns": 1, "p50": 2.0, "p95": 2.0}
    assert latency("endpoint_s", *turns) == {"turns": 3, "p50": 0.6, "p95": 0.6}


def test_only_the_last_turns_count() -> None:
    turns = [turn(9.0)] * 300 + [turn(1.0)] * TURNS
    assert latency("total_s", *turns) == {"turns": TURNS, "p50": 1.0, "p95": 1.0}


def test_metrics_contain_nothing_that_was_said() -> None:
    secret = "my secret plan"
    found = noted(
        PartlyHeard(secret, 3),
        Heard(secret, 0.9),
        Replied(secret),
        TurnFailed("skills", secret),
        EngineNotice("llm", secret),
        turn(),
    )
    assert "secret" not in json.dumps(found, allow_nan=False)


def test_resources_of_the_process() -> None:
    with open("/dev/null") as one, open("/dev/null") as another:
        more = process_figures()["open_files"]
        assert one.fileno() != another.fileno()
    figures = process_figures()
    assert more == int(str(figures["open_files"])) + 2
    assert float(str(figures["memory_mb"])) > 5
    assert int(str(figures["threads"])) >= 1
