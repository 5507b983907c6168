"""Sound servers that answer, hang, are gone, or never existed; sources without echo."""

import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.config.tables import AudioConfig, Config, TurnConfig
from marvin.workshop.doctor import sound_server as module
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.sound_server import echo, pulse_place, sound_server, sound_server_checks
from tests.audio.pulse import running
from tests.workshop.doctor.described import described, saying

SOURCES = (
    "0\tspeaker.monitor\tm\ts16le 2ch 48000Hz\tIDLE\n"
    "1\tmicrophone\tm\ts16le 1ch 48000Hz\tIDLE\n"
    "2\techo-cancel\tm\tfloat32le 1ch 48000Hz\tIDLE\n"
    "3\techo-cancel-sink.monitor\tm\tfloat32le 1ch 48000Hz\tIDLE\n"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not tmp_path, because a socket path has at most 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="marvin-") as name:
        (Path(name) / "pulse").mkdir()
        yield Path(name)


@pytest.fixture
def listening(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "pulse" / "native"))
        server.listen()
        yield server


def answer(server: socket.socket, reply: bytes) -> threading.Thread:
    """Accept one client, read its request, reply, close."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as client:
            # PulseAudio's frame: its length, then the channel and flags of a command.
            (length,) = struct.unpack(">I16x", client.read(20))
            assert client.read(length)[:10] == b"L\0\0\0\x08L\0\0\0\0"
            connection.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def in_session(folder: Path) -> dict[str, str]:
    return {"XDG_RUNTIME_DIR": str(folder)}


def test_answering_server_passes(tmp_path: Path, folder: Path, listening: socket.socket) -> None:
    thread = answer(listening, b"\0")
    found = sound_server(described(tmp_path, environment=in_session(folder)))
    thread.join()
    assert (found.level, found.text) == (Level.OK, f"answers at {folder}/pulse/native")


def test_hanging_server_accepts_connections_but_is_silent(
    tmp_path: Path, folder: Path, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ANSWER_S", 0.05)
    found = sound_server(described(tmp_path, environment=in_session(folder)))
    assert found.level is Level.FAIL
    assert found.text.endswith("does not answer: the server is hung")
    assert found.cure.startswith("systemctl --user restart")


def test_server_that_refuses_connections_fails(
    tmp_path: Path, folder: Path, listening: socket.socket
) -> None:
    thread = answer(listening, b"")
    found = sound_server(described(tmp_path, environment=in_session(folder)))
    thread.join()
    assert (found.level, found.text) == (
        Level.FAIL,
        f"{folder}/pulse/native closes the connection",
    )


def test_socket_left_by_a_dead_server_fails(
    tmp_path: Path, folder: Path, listening: socket.socket
) -> None:
    listening.close()
    found = sound_server(described(tmp_path, environment=in_session(folder)))
    assert (found.level, found.cure[:22]) == (Level.FAIL, "systemctl --user start")
    assert "Connection refused" in found.text


def test_real_server_answers(tmp_path: Path) -> None:
    with running() as sound:
        system = described(tmp_path, environment=sound.environment)
        assert sound_server(system).level is Level.OK


def test_network_server_is_asked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = answer(server, b"\0")
        port = server.getsockname()[1]
        system = described(tmp_path, environment={"PULSE_SERVER": f"tcp:127.0.0.1:{port}"})
        assert sound_server(system).text == f"answers at 127.0.0.1:{port}"
        thread.join()
    assert sound_server(system).level is Level.FAIL


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("unix:/tmp/native", Path("/tmp/native")),
        ("/tmp/native tcp:other", Path("/tmp/native")),
        ("{4f3a}unix:/tmp/native", Path("/tmp/native")),
        ("tcp:192.168.1.2:4714", ("192.168.1.2", 4714)),
        ("tcp6:[fe80::1]:4714", ("fe80::1", 4714)),
        ("living-room", ("living-room", 4713)),
    ],
)
def test_server_address_from_the_environment(tmp_path: Path, named: str, place: object) -> None:
    assert pulse_place(described(tmp_path, environment={"PULSE_SERVER": named})) == place


def test_pipewire_without_its_pulseaudio_part(tmp_path: Path, folder: Path) -> None:
    (folder / "pipewire-0").touch()
    found = sound_server(described(tmp_path, environment=in_session(folder)))
    assert (found.level, found.cure) == (
        Level.WARN,
        "sudo apt install pipewire-pulse pipewire-alsa",
    )


def test_machine_without_a_sound_server(tmp_path: Path) -> None:
    system = described(tmp_path)
    assert sound_server(system).text == "none, and no sound card"
    (tmp_path / "proc" / "asound" / "card0").mkdir(parents=True)
    found = sound_server(system)
    assert (found.level, found.text[:25]) == (Level.WARN, "none: only one program at")


def test_without_a_server_its_sources_are_not_listed(tmp_path: Path) -> None:
    patient = Patient(described(tmp_path, output=saying(sources=SOURCES)))
    found = examine([sound_server_checks(patient)])
    assert [one.name for one in found] == ["sound server", "echo"]
    assert found[1].cure.startswith("sudo apt install libspeexdsp1")
    assert sound_server_checks(Patient(described(tmp_path, platform="darwin"))) == ()


@pytest.mark.parametrize(
    ("wanted", "default", "sources", "level", "text"),
    [
        ("default", "echo-cancel\n", "", Level.OK, "cancelled by echo-cancel"),
        ("Jabra Speakerphone", "", "", Level.OK, "cancelled by Jabra Speakerphone"),
        (
            "default",
            "microphone\n",
            SOURCES,
            Level.WARN,
            "echo-cancel cancels echo, but is not used",
        ),
        ("microphone", "", SOURCES, Level.WARN, "echo-cancel cancels echo, but is not used"),
        ("default", "microphone\n", SOURCES[:60], Level.WARN, "no libspeexdsp, nor an echo"),
    ],
)
def test_echo_cancelled_source_is_recognised(
    tmp_path: Path, wanted: str, default: str, sources: str, level: Level, text: str
) -> None:
    output = saying(get_default_source=default, sources=sources)
    system = described(tmp_path, environment={"PULSE_SERVER": "living-room"}, output=output)
    cure = 'in models.toml, [audio]: input = "echo-cancel"'
    if wanted == "default":
        cure = "pactl set-default-source echo-cancel"
    found = echo(Patient(system, Config(audio=AudioConfig(input=wanted))))
    assert found.level is level
    assert found.text.startswith(text)
    if "not used" in text:
        assert found.cure == cure


def test_without_its_program_the_sources_are_unknown(tmp_path: Path) -> None:
    found = echo(Patient(described(tmp_path)))
    assert found.level is Level.WARN
    assert found.cure.startswith("sudo apt install libspeexdsp1")


@pytest.mark.parametrize(("echo_key", "level"), [("auto", Level.OK), ("off", Level.WARN)])
def test_marvin_cancels_echo_itself(tmp_path: Path, echo_key: str, level: Level) -> None:
    patient = Patient(
        described(tmp_path, speexdsp=object), Config(audio=AudioConfig(echo=echo_key))
    )
    found = echo(patient)
    assert found.level is level
    assert ("libspeexdsp" in found.text, "turned off" in found.text) == (
        level is Level.OK, level is Level.WARN,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "level", "cure"),
    [("echo-cancel", Level.OK, ""), ("microphone", Level.WARN, "sudo apt install libspeexdsp1")],
)
def test_open_microphone_needs_one_without_echo(
    tmp_path: Path, source: str, level: Level, cure: str
) -> None:
    config = Config(audio=AudioConfig(input=source), turn=TurnConfig(barge_in="speech"))
    patient = Patient(described(tmp_path), config)
    check = sound_server_checks(patient)[-1]
    found = check.look()
    assert (check.name, found.level, found.cure[: len(cure)]) == ("barge-in", level, cure)
    assert ("no effect" in found.text) == (level is Level.WARN)


@pytest.mark.parametrize(("answer", "level"), [("", Level.OK), (None, Level.WARN)])
def test_ducking_needs_the_sound_servers_program(
    tmp_path: Path, answer: str | None, level: Level
) -> None:
    system = described(tmp_path, output=lambda command: answer)
    patient = Patient(system, Config(audio=AudioConfig(duck=0.7)))
    check = sound_server_checks(patient)[-1]
    assert (check.name, check.look().level) == ("ducking", level)


def test_missing_server_is_not_asked_for_echo_cancellation(
    tmp_path: Path, folder: Path, listening: socket.socket
) -> None:
    listening.close()
    system = described(tmp_path, environment=in_session(folder))
    assert [one.name for one in examine([sound_server_checks(Patient(system))])] == ["sound server"]
