"""`marvin listen`: questions about recordings, to a real server and to a tiny model."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.cli.commands.listen import split
from marvin.cli.main import main
from marvin.errors import MarvinError
from tests.checkpoints.audio_llm import make_audio_flamingo
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import delta


def recorded(path: Path, seconds: float = 0.5, rate_hz: int = 48_000) -> Path:
    """A stereo recording."""
    import soundfile

    tone = 0.1 * np.sin(np.arange(round(seconds * rate_hz)) * 0.05)
    soundfile.write(path, np.stack([tone, tone], axis=1), rate_hz)
    return path


def told(*pieces: str) -> Answer:
    return Answer.events(*(delta(piece) for piece in pieces))


def listen(folder: Path, server: FaultyServer, *arguments: str) -> int:
    config = folder / "models.toml"
    config.write_text(
        f'[llm]\nengine = "chat"\nbase_url = "{server.url}/v1"\naudio = true\nretries = 0\n'
    )
    return main(["listen", "-c", str(config), *arguments])


def asked(server: FaultyServer) -> list[tuple[int, str]]:
    """How many recordings each request has, and its text."""
    contents: list[Any] = [one.json()["messages"][-1]["content"] for one in server.requests]
    return [
        (sum(part["type"] == "input_audio" for part in content), content[-1]["text"])
        for content in contents
    ]


def test_several_recordings_are_heard_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(recorded(tmp_path / name)) for name in ("one.wav", "two words.flac")]
    with FaultyServer(told("Two ", "tones. ", "**Both** hum.")) as server:
        assert listen(tmp_path, server, *files, "what is happening here?") == 0
        assert asked(server) == [(2, "what is happening here?")]
    assert capsys.readouterr().out == f"{files[0]}, {files[1]}: Two tones. Both hum.\n"


def test_captions_are_one_sentence_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(recorded(tmp_path / name)) for name in ("one.wav", "two.wav")]
    with FaultyServer(told("A tone. It hums."), told("Another.")) as server:
        assert listen(tmp_path, server, "--caption", files[0], *files) == 0
        assert asked(server) == [(1, "Describe this recording in one sentence.")] * 2
    assert capsys.readouterr().out == f"{files[0]}: A tone.\n{files[1]}: Another.\n"


@pytest.mark.parametrize("stop", [False, True])
def test_a_corrupt_file_among_good_ones_is_named(
    stop: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF????WAVE but no more")
    good = [str(recorded(tmp_path / name)) for name in ("one.wav", "two.wav")]
    files = [good[0], str(bad), good[1]]
    with FaultyServer(told("One."), told("Two.")) as server:
        code = listen(tmp_path, server, "--apart", "--json", *["--stop"] * stop, *files)
    out, errors = capsys.readouterr()
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert f"{bad} is not an audio file that can be read" in errors
    assert [one["files"] for one in answers] == [[file] for file in files[: 2 if stop else 3]]
    assert [one.get("answer") for one in answers] == ["One.", None, "Two."][: 2 if stop else 3]


def test_a_recording_that_is_too_long_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hour = recorded(tmp_path / "hour.wav", 3600, 1000)
    with FaultyServer() as server:
        assert listen(tmp_path, server, str(hour)) == 1
        assert not server.requests
    assert f"{hour} is too long: the model hears 1800 s at once" in capsys.readouterr().err


def test_a_model_that_takes_one_recording_is_asked_about_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_audio_flamingo(tmp_path / "model")
    config = tmp_path / "models.toml"
    # Its bytes are noise: what counts is that it hears each of them.
    config.write_text(
        f'[llm]\nengine = "audio_flamingo"\nmodel = "{model}"\ndevice = "cpu"\nmax_tokens = 4\n'
    )
    files = [str(recorded(tmp_path / name)) for name in ("one.wav", "two.wav")]
    main(["listen", "-c", str(config), "--json", *files, "what is it?"])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["files"] for one in answers] == [[file] for file in files]


def test_a_model_that_hears_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "models.toml"
    config.write_text('[llm]\nengine = "none"\n')
    assert main(["listen", "-c", str(config), str(recorded(tmp_path / "one.wav"))]) == 78
    assert 'llm.engine = "none" hears nothing: use "voxtral"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "files", "question"),
    [
        (["a.wav"], ["a.wav"], None),
        (["a.wav", "what is it"], ["a.wav"], "what is it"),
        (["a.wav", "why?"], ["a.wav"], "why?"),
        (["a.wav", "b.wav"], ["a.wav", "b.wav"], None),
        (["a.wav", "my other one.wav"], ["a.wav", "my other one.wav"], None),
        (["a.wav", "sounds"], ["a.wav", "sounds"], None),
    ],
)
def test_the_last_argument_may_be_the_question(
    given: list[str], files: list[str], question: str | None
) -> None:
    assert split([Path(one) for one in given], None) == ([Path(one) for one in files], question)


def test_an_existing_file_is_no_question(tmp_path: Path) -> None:
    odd = recorded(tmp_path / "x.wav").rename(tmp_path / "is it a file?")
    assert split([odd, odd], None) == ([odd, odd], None)
    assert split([odd, Path("why so?")], "What?") == ([odd, Path("why so?")], "What?")
    with pytest.raises(MarvinError, match="no recording to listen to, only the question"):
        split([Path("what is it?")], None)
