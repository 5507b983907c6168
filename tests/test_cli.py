"""The command line as a user meets it: help, mistakes, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from marvin import __version__
from marvin.arguments import parser
from marvin.cli import main
from tests.audio.fakesound import FakeSound

COMMANDS = [
    "run", "say", "ask", "transcribe", "devices", "config", "placement", "test-mic", "status",
    "listen", "stop", "mute", "unmute", "events", "reload", "doctor",
]  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees, or writes to, the home of whoever runs it."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)


def marvin(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "marvin", *arguments], capture_output=True, text=True, timeout=300
    )


def stopped(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    return int(raised.value.code or 0)


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert stopped("--version") == 0
    assert capsys.readouterr().out == f"marvin {__version__}\n"
    assert stopped("--help") == 0
    text = capsys.readouterr().out
    assert all(f"\n    {command} " in text for command in COMMANDS)


@pytest.mark.parametrize("command", [*COMMANDS, "wake train", "wake eval"])
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stopped(*command.split(), "--help") == 0
    assert f"example:\n  marvin {command}" in capsys.readouterr().out


def test_a_wrong_configuration_is_exit_code_78(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "models.toml"
    path.write_text("[wake]\ntreshold = 1\n")
    assert main(["config", "--config", str(path)]) == 78
    assert "(did you mean 'threshold'?)" in capsys.readouterr().err
    assert main(["--config", str(path), "config"]) == 78


def test_the_configuration_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    assert "[wake]" in capsys.readouterr().out


def test_a_profile_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "-p", "laptopp"]) == 78
    assert "no profile 'laptopp'" in capsys.readouterr().err


def test_a_typed_question_gets_a_typed_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "what is", "six times seven"]) == 0
    assert "42" in capsys.readouterr().out
    assert main(["ask", "who wrote the Iliad"]) == 0
    said = capsys.readouterr().out
    assert "no language model" in said
    assert "`marvin models list` shows the language models that can be fetched." in said


def test_input_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.wav"
    assert main(["run", "--input", str(missing), "--output", str(tmp_path / "o.wav")]) == 1
    assert str(missing) in capsys.readouterr().err


def test_output_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "no" / "such" / "folder" / "reply.wav"
    assert main(["say", "hello", "--output", str(out)]) == 1
    assert str(out.parent) in capsys.readouterr().err


def test_a_sentence_is_spoken_into_a_file(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    out = tmp_path / "hello.wav"
    done = marvin("say", "Hello, world.", "--output", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    samples, rate = soundfile.read(out)
    assert 0.5 < len(samples) / rate < 3
    assert abs(samples).max() > 0.1


def test_files_that_cannot_be_transcribed_do_not_stop_the_others(tmp_path: Path) -> None:
    speech = Path(__file__).parent.parent / "samples" / "what_time_is_it.wav"
    done = marvin("transcribe", "--json", str(tmp_path / "missing.wav"), str(speech))
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert "error" in lines[0]
    assert lines[1]["text"] == "what time is it"
    assert "missing.wav" in done.stderr


def test_of_several_recordings_each_text_has_the_file_s_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    speech = str(Path(__file__).parent.parent / "samples" / "what_time_is_it.wav")
    assert main(["transcribe", speech]) == 0
    assert capsys.readouterr().out == "what time is it\n"
    assert main(["transcribe", speech, speech]) == 0
    assert capsys.readouterr().out == 2 * f"{speech}: what time is it\n"


def test_a_recording_whose_name_is_no_text_is_transcribed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speech = Path(__file__).parent.parent / "samples" / "what_time_is_it.wav"
    odd = tmp_path / "\udcff.wav"
    odd.write_bytes(speech.read_bytes())
    assert main(["transcribe", str(odd), str(odd)]) == 0
    assert (
        capsys.readouterr().out
        == 2 * f"{tmp_path}/\N{REPLACEMENT CHARACTER}.wav: what time is it\n"
    )


@pytest.mark.parametrize("command", ["say hello", "ask --speak hello"])
def test_an_output_that_no_file_can_be_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "reply.m4a"
    assert main([*command.split(), "--output", str(out)]) == 1
    assert f"{out}: no .m4a file can be written; use one of .wav" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "option"),
    [("say hello", "--output"), ("run --input {speech}", "--output"), ("test-mic", "--input")],
)
def test_without_a_device_the_option_for_a_file_is_named(
    words: str, option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSound([]))
    speech = str(Path(__file__).parent.parent / "samples" / "what_time_is_it.wav")
    given = [word.format(speech=speech) for word in words.split()]
    assert main(given) == 1
    said = capsys.readouterr().err
    assert f"{option} FILE" in said
    # What it advises is understood.
    parser().parse_args([*given, option, "FILE"])


def test_a_model_that_cannot_be_fetched_is_not_advised_to_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    samples = str(Path(__file__).parent.parent / "samples")
    assert main(["wake", "eval", "marvn", "--positives", samples]) == 1
    said = capsys.readouterr().err
    assert "wake.model = 'marvn': neither a folder nor a Hub id (owner/name)" in said
    assert '`model = "marvin"` works without any download' in said
    assert "models pull" not in said
    assert main(["wake", "eval", "some/one", "--positives", samples]) == 1
    said = capsys.readouterr().err
    assert "`marvin models pull some/one` fetches it" in said
    assert "--profile embedded" not in said


def test_without_portaudio_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert main(["devices"]) == 1
    assert "libportaudio2" in capsys.readouterr().err
