"""Other players are lowered from the wake word to the end of the conversation."""

from pathlib import Path

from marvin.audio.player_streams import player_streams
from marvin.config.tables import AudioConfig, Config, SkillsConfig
from marvin.service.ducked import ducked
from marvin.state import State
from tests.audio.pulse import pulse as pulse
from tests.audio.test_ducking import FULL, LOW, Players, until, volumes
from tests.audio.test_ducking import players as players
from tests.conversation.script_files import Conversation
from tests.conversation.scripted import play
from tests.conversation.scripted_room import Room
from tests.conversation.test_scripts import numbered


async def test_they_are_lowered_in_every_state_but_idle(players: Players, tmp_path: Path) -> None:
    players.start()
    config = Config(audio=AudioConfig(duck=0.7), skills=SkillsConfig(state_dir=tmp_path))
    session = Room(config).session
    async with ducked(config, session):
        session.on_state(State.LISTENING)
        until(lambda: volumes() == [LOW])
        session.on_state(State.IDLE)
        until(lambda: volumes() == [FULL])
        session.on_state(State.SPEAKING)
        until(lambda: volumes() == [LOW])
    assert [stream.volumes for stream in player_streams()] == [FULL]


async def test_nothing_is_started_unless_it_is_on(tmp_path: Path) -> None:
    config = Config(skills=SkillsConfig(state_dir=tmp_path))
    session = Room(config).session
    before = session.on_state
    async with ducked(config, session):
        assert session.on_state is before


def test_session_is_told_of_every_state() -> None:
    script = numbered("user: marvin what day is it\nmarvin: Today is Monday.")
    room = play(Conversation("states", script))
    assert [state.value for state in room.states] == ["listening", "thinking", "speaking", "idle"]
