"""`marvin run --input`."""

from pathlib import Path

import pytest

from marvin.cli.main import main
from marvin.config import Loaded
from marvin.config.tables import Config, TurnConfig
from marvin.conversation.deadlines import deadline_s
from marvin.service.daemon import Daemon
from marvin.state import State
from tests.paths import SAMPLES

LIMITS = ("transcribe_s", "answer_s", "synthesis_s")


@pytest.mark.parametrize(
    ("also", "factor"), [((), 10), (("--realtime",), 1)], ids=["as fast as it can", "real time"]
)
def test_a_busy_machine_may_take_its_time_over_a_recording(
    also: tuple[str, ...], factor: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    turns: list[TurnConfig] = []

    class Watched(Daemon):
        def __init__(self, loaded: Loaded, *more: object, **named: object) -> None:
            turns.append(loaded.config.turn)
            super().__init__(loaded, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("marvin.cli.commands.talking.Daemon", Watched)
    recording = SAMPLES / "what_time_is_it.wav"
    files = ["--input", str(recording), "--output", str(tmp_path / "reply.wav")]
    assert main(["--profile", "embedded", "run", *files, *also]) == 0
    (turn,) = turns
    usual = TurnConfig()
    for limit in LIMITS:
        assert getattr(turn, limit) == factor * getattr(usual, limit)
    others = [name for name in TurnConfig.model_fields if name not in LIMITS]
    assert [getattr(turn, name) for name in others] == [getattr(usual, name) for name in others]


def test_a_recording_is_listened_to_while_its_pauses_are_transcribed() -> None:
    config = Config()
    live = deadline_s(State.LISTENING, config)
    longer = deadline_s(State.LISTENING, config, live=False)
    assert longer == live + config.turn.transcribe_s + config.turn.answer_s
    assert deadline_s(State.SPEAKING, config, live=False) == deadline_s(State.SPEAKING, config)
