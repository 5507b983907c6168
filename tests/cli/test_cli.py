"""The command line as users see it: help, mistakes, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from marvin import __version__
from marvin.cli.arguments import parser
from marvin.cli.main import main
from tests.audio.fakesound import FakeSound
from tests.paths import SAMPLES
from tests.skills.kept import load_timers

COMMANDS = [
    "run", "say", "ask", "transcribe", "devices", "config", "placement", "test-mic", "status",
    "listen", "stop", "mute", "unmute", "events", "reload", "doctor",
]  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the home of the user who runs them."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
        (tmp_path / name).mkdir()
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


def test_wrong_configuration_exits_with_code_78(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "models.toml"
    path.write_text("[wake]\ntreshold = 1\n")
    assert main(["config", "--config", str(path)]) == 78
    assert "(did you mean 'threshold'?)" in capsys.readouterr().err
    assert main(["--config", str(path), "config"]) == 78


def test_shows_the_effective_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    assert "[wake]" in capsys.readouterr().out


def test_unknown_profile_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "-p", "laptopp"]) == 78
    assert "no profile 'laptopp'" in capsys.readouterr().err


def test_typed_question_gets_a_typed_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "what is", "six times seven"]) == 0
    assert "42" in capsys.readouterr().out
    assert main(["ask", "who wrote the Iliad"]) == 0
    said = capsys.readouterr().out
    assert "no language model" in said
    assert "`marvin models list` shows the language models that can be fetched." in said


def test_script_output_ends_with_the_last_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "what is six times seven"]) == 0
    assert capsys.readouterr().out == "6 times 7 is 42.\n"
    assert main(["ask", "never mind"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", ["ask", "say", "say --as-read"])
@pytest.mark.parametrize("text", ["", "  "])
def test_empty_question_or_text_is_an_error_even_without_a_running_marvin(
    command: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), text]) == 1
    assert f"nothing to {command.split()[0]}" in capsys.readouterr().err


@pytest.fixture
def kept_timers(tmp_path: Path) -> Path:
    """Two timers left by an earlier run."""
    path = tmp_path / "XDG_STATE_HOME" / "marvin" / "marvin.sqlite3"
    timers = load_timers(path)
    timers.add(3600, "tea", timers.clock())
    egg = timers.add(600, "egg", timers.clock())
    timers.pause([egg], timers.clock())
    timers.store.close()
    return path


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "set a timer for ten minutes",
            "Marvin is not running, so nothing would ring: start `marvin run`",
        ),
        ("set a pasta timer for an hour", "Marvin is not running, so nothing would ring"),
        ("remind me in half an hour", "Marvin is not running, so nothing would ring"),
        ("add five minutes to the tea timer", "Marvin is not running, so nothing would ring"),
        ("resume the egg timer", "Marvin is not running, so nothing would ring"),
        ("set the volume to fifty percent", "Marvin is not running, so there is no volume"),
        ("mute the sound", "Marvin is not running, so there is no volume"),
        ("louder", "Marvin is not running, so there is no volume"),
    ],
)
def test_commands_that_need_a_running_marvin_are_not_confirmed_without_one(
    question: str, answer: str, kept_timers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept_timers.read_bytes()
    assert main(["ask", question]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"marvin: {answer}")
    assert kept_timers.read_bytes() == before


@pytest.mark.parametrize(
    ("question", "answer", "names"),
    [
        ("cancel the tea timer", "Tea timer cancelled.", ["egg"]),
        ("cancel all timers", "Both timers cancelled.", []),
        ("pause the tea timer", "Tea timer paused with", ["tea", "egg"]),
        ("cancel the pasta timer", "You have no pasta timer.", ["tea", "egg"]),
        ("what timers do I have", "You have 2 timers: tea with", ["tea", "egg"]),
        ("what is the volume", "The volume is at", ["tea", "egg"]),
        ("what time is it", "It is", ["tea", "egg"]),
    ],
)
def test_answers_about_timers_on_disk_are_true(
    question: str,
    answer: str,
    names: list[str],
    kept_timers: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", question]) == 0
    assert capsys.readouterr().out.startswith(answer)
    timers = load_timers(kept_timers)
    kept = sorted(timers.all(), key=lambda timer: timer.id)
    assert [timer.name for timer in kept] == names
    if "paused" in answer:
        assert [timer.running for timer in kept] == [False, False]


def test_missing_input_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.wav"
    assert main(["run", "--input", str(missing), "--output", str(tmp_path / "o.wav")]) == 1
    assert str(missing) in capsys.readouterr().err


def test_unwritable_output_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "no" / "such" / "folder" / "reply.wav"
    assert main(["say", "hello", "--output", str(out)]) == 1
    assert str(out.parent) in capsys.readouterr().err


def test_sentence_is_spoken_into_a_file(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    out = tmp_path / "hello.wav"
    done = marvin("say", "Hello, world.", "--output", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    samples, rate = soundfile.read(out)
    assert 0.5 < len(samples) / rate < 3
    assert abs(samples).max() > 0.1


def test_normalised_text_is_shown_without_a_voice_or_a_speaker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = tmp_path / "models.toml"
    toml.write_text('[tts]\nengine = "espeak"\nvoice = "no-such-voice"\n')
    assert main(["say", "--config", str(toml), "--as-read", "It is 5 km."]) == 0
    assert capsys.readouterr().out == "It is 5 km.\n"
    toml.write_text('[tts]\nengine = "speecht5"\nmodel = "no/such-model"\n')
    assert main(["say", "--config", str(toml), "--as-read", "It is 5 km.", "Dial 911!"]) == 0
    assert capsys.readouterr().out == "It is five kilometres.\nDial nine one one!\n"


def test_unreadable_recording_does_not_stop_the_others(tmp_path: Path) -> None:
    speech = SAMPLES / "what_time_is_it.wav"
    done = marvin("transcribe", "--json", str(tmp_path / "missing.wav"), str(speech))
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert "error" in lines[0]
    assert lines[1]["text"] == "what time is it"
    assert "missing.wav" in done.stderr


def test_transcripts_of_several_recordings_have_file_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    speech = str(SAMPLES / "what_time_is_it.wav")
    assert main(["transcribe", speech]) == 0
    assert capsys.readouterr().out == "what time is it\n"
    assert main(["transcribe", speech, speech]) == 0
    assert capsys.readouterr().out == 2 * f"{speech}: what time is it\n"


def test_recording_with_a_name_that_is_not_unicode_is_transcribed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speech = SAMPLES / "what_time_is_it.wav"
    odd = tmp_path / "\udcff.wav"
    odd.write_bytes(speech.read_bytes())
    assert main(["transcribe", str(odd), str(odd)]) == 0
    assert (
        capsys.readouterr().out
        == 2 * f"{tmp_path}/\N{REPLACEMENT CHARACTER}.wav: what time is it\n"
    )


@pytest.mark.parametrize("command", ["say hello", "ask --speak hello"])
def test_impossible_output_file_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "reply.m4a"
    assert main([*command.split(), "--output", str(out)]) == 1
    assert f"{out}: cannot write .m4a files; use one of .wav" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "option"),
    [("say hello", "--output"), ("run --input {speech}", "--output"), ("test-mic", "--input")],
)
def test_without_a_device_the_file_option_is_named(
    words: str, option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSound([]))
    speech = str(SAMPLES / "what_time_is_it.wav")
    given = [word.format(speech=speech) for word in words.split()]
    assert main(given) == 1
    said = capsys.readouterr().err
    assert f"{option} FILE" in said
    # The advice works.
    parser().parse_args([*given, option, "FILE"])


def test_unavailable_model_is_not_advised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    samples = str(SAMPLES)
    assert main(["wake", "eval", "marvn", "--positives", samples]) == 1
    said = capsys.readouterr().err
    assert "wake.model = 'marvn': neither a folder nor a Hub id (owner/name)" in said
    assert '`model = "marvin"` works without any download' in said
    assert "models pull" not in said
    assert main(["wake", "eval", "some/one", "--positives", samples]) == 1
    said = capsys.readouterr().err
    assert "`marvin models pull some/one` fetches it" in said
    assert "--profile embedded" not in said


def test_missing_portaudio_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert main(["devices"]) == 1
    assert "libportaudio2" in capsys.readouterr().err
