"""Other players are lowered, and always put back, by a real sound server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marvin.audio import ducking as module
from marvin.audio.ducking import Ducking
from marvin.audio.playback import Speaker
from marvin.audio.player_streams import PlayerStream, player_streams, set_volumes
from tests.audio.pulse import Pulse
from tests.audio.pulse import pulse as pulse
from tests.audio.pulse import pulse_of_my_own as pulse_of_my_own

FULL, LOW = (65536, 65536), (19661, 19661)


class Players:
    """Programs that play silence."""

    def __init__(self, pulse: Pulse) -> None:
        self._environment = {**os.environ, **pulse.environment}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, volume: int = FULL[0]) -> subprocess.Popen[bytes]:
        before = len(player_streams())
        command = ["pacat", "--raw", "--latency-msec=50", f"--volume={volume}"]
        with Path("/dev/zero").open("rb") as silence:
            player = subprocess.Popen(command, stdin=silence, env=self._environment)
        self._running.append(player)
        until(lambda: len(player_streams()) > before)
        return player

    def stop(self) -> None:
        for player in self._running:
            player.kill()
            player.wait()


@pytest.fixture
def players(pulse: Pulse) -> Iterator[Players]:
    found = Players(pulse)
    yield found
    found.stop()
    until(lambda: not player_streams())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LINGER_S", 0.05)
    monkeypatch.setattr(module, "_AGAIN_S", 0.1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ducked.json"


@pytest.fixture
def ducking(file: Path) -> Iterator[Ducking]:
    ducking = Ducking(0.7, file)
    yield ducking
    ducking.close()


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def volumes() -> list[tuple[int, ...]]:
    return [stream.volumes for stream in player_streams()]


def test_players_are_lowered_and_restored(players: Players, ducking: Ducking, file: Path) -> None:
    players.start()
    (stream,) = player_streams()
    assert (stream.player, stream.volumes, stream.audible) == ("pacat", FULL, True)
    ducking.attend(True)
    until(lambda: volumes() == [LOW])
    assert len(json.loads(file.read_text())) == 1
    players.start()
    ducking.attend(True)
    until(lambda: volumes() == [LOW, LOW])
    ducking.attend(False)
    until(lambda: volumes() == [FULL, FULL])
    until(lambda: not file.exists())


def test_balance_is_kept(players: Players, ducking: Ducking) -> None:
    players.start()
    set_volumes(player_streams()[0].number, (60000, 20000))
    ducking.attend(True)
    until(lambda: volumes() == [(18000, 6000)])
    ducking.attend(False)
    until(lambda: volumes() == [(60000, 20000)])


def test_close_restores(players: Players, file: Path) -> None:
    players.start()
    ducking = Ducking(0.7, file)
    ducking.attend(True)
    until(lambda: volumes() == [LOW])
    ducking.close()
    assert volumes() == [FULL]
    assert not file.exists()


def test_muted_players_are_left_alone(players: Players, ducking: Ducking, pulse: Pulse) -> None:
    players.start()
    number = player_streams()[0].number
    pulse.control("set-sink-input-mute", str(number), "1")
    players.start()
    ducking.attend(True)
    until(lambda: volumes() == [FULL, LOW])
    ducking.attend(False)
    until(lambda: volumes() == [FULL, FULL])


def test_what_the_user_sets_meanwhile_stays(players: Players, ducking: Ducking, file: Path) -> None:
    players.start()
    ducking.attend(True)
    until(lambda: volumes() == [LOW])
    set_volumes(player_streams()[0].number, (30000,))
    ducking.attend(False)
    until(lambda: not file.exists())
    assert volumes() == [(30000, 30000)]


def test_crash_is_made_good_by_the_next_start(players: Players, file: Path) -> None:
    players.start()
    script = f"""
from pathlib import Path
from marvin.audio.ducking import Ducking
Ducking(0.7, Path({str(file)!r})).attend(True)
import time; time.sleep(300)
"""
    crashing = subprocess.Popen([sys.executable, "-c", script])
    until(lambda: volumes() == [LOW])
    crashing.send_signal(signal.SIGKILL)
    crashing.wait()
    assert volumes() == [LOW]
    Ducking(0.0, file).close()
    assert volumes() == [FULL]
    assert not file.exists()


def test_players_that_end_meanwhile_are_no_problem(
    players: Players, ducking: Ducking, file: Path
) -> None:
    player = players.start()
    players.start()
    ducking.attend(True)
    until(lambda: volumes() == [LOW, LOW])
    player.kill()
    until(lambda: volumes() == [LOW])
    ducking.attend(False)
    until(lambda: volumes() == [FULL])


def test_next_stream_of_a_player_gets_its_volume_back(
    players: Players, ducking: Ducking, file: Path
) -> None:
    """As sound servers remember the lowered one."""
    player = players.start()
    ducking.attend(True)
    until(lambda: volumes() == [LOW])
    player.kill()
    until(lambda: not player_streams())
    ducking.attend(False)
    players.start(LOW[0])
    until(lambda: volumes() == [FULL])
    until(lambda: not file.exists())


@pytest.mark.usefixtures("players")
async def test_own_voice_is_not_lowered(pulse: Pulse) -> None:
    speaker = Speaker()
    speaker.open()
    assert "ALSA" in pulse.control("list", "sink-inputs")
    assert player_streams() == []
    speaker.close()


def test_lost_server_loses_nothing(
    pulse_of_my_own: Pulse, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    players = Players(pulse_of_my_own)
    players.start()
    ducking = Ducking(0.7, file)
    ducking.attend(True)
    until(lambda: volumes() == [LOW])
    pulse_of_my_own.kill()
    ducking.attend(False)
    until(lambda: "the volume of other players is not changed" in caplog.text)
    assert file.exists()
    players.stop()
    pulse_of_my_own.start()
    players.start(LOW[0])
    until(lambda: volumes() == [FULL])
    ducking.close()
    players.stop()


@pytest.mark.parametrize("program", ["exit 1", "exec sleep 300", "echo nonsense", "echo '[{}]'"])
def test_broken_pactl_changes_nothing(
    program: str,
    tmp_path: Path,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pactl = tmp_path / "pactl"
    pactl.write_text(f"#!/bin/sh\n{program}\n")
    pactl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("marvin.audio.soundserver._ANSWER_S", 0.2)
    ducking = Ducking(0.7, file)
    ducking.attend(True)
    until(lambda: "is not changed" in caplog.text)
    ducking.close()
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '[{"number": 1}]', "{}"])
def test_broken_file_is_ignored(
    text: str, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nothing() -> list[PlayerStream]:
        return []

    monkeypatch.setattr(module, "player_streams", nothing)
    file.parent.mkdir()
    file.write_text(text)
    Ducking(0.7, file).close()
    assert ("cannot be read" in caplog.text) is (text != "{}")
