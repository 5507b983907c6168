"""Special, endless or malformed files are reported in one line and never block."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from marvin.audio.reader import open_audio
from marvin.boundary.files import MOST_BYTES, check_depth, parse_json, read_file
from marvin.config import load_config
from marvin.config.writing import write_value
from marvin.errors import AudioFileError, ConfigError, DownloadError, ModelLoadError
from marvin.hub.pins import only_one, pins_path, read_pins
from marvin.hub.source import Source, locate
from marvin.wake.ast.ast_checkpoint import describe_checkpoint, load_checkpoint
from tests.paths import WAKE_MODELS

SHIPPED = WAKE_MODELS / "marvin"


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def enormous(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 30)


ODD: list[tuple[Callable[[Path], None], str]] = [
    (pipe, "is a pipe, not a file"),
    (folder, "Is a directory"),
    (endless, "is a device, not a file"),
    (enormous, "larger than 1 MB"),
]
odd_files = pytest.mark.parametrize(
    ("make", "what"), ODD, ids=lambda one: getattr(one, "__name__", "")
)


@odd_files
def test_file_that_is_not_small_and_regular_is_not_read(
    make: Callable[[Path], None], what: str, tmp_path: Path
) -> None:
    make(tmp_path / "file")
    with pytest.raises(OSError, match=what):
        read_file(tmp_path / "file")


def test_socket_is_refused() -> None:
    with TemporaryDirectory(prefix="marvin-") as short, socket.socket(socket.AF_UNIX) as bound:
        path = Path(short) / "socket"
        bound.bind(str(path))
        with pytest.raises(OSError, match="is a socket, not a file"):
            read_file(path)


def test_file_of_the_maximum_size_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * MOST_BYTES)
    assert len(read_file(tmp_path / "file")) == MOST_BYTES
    assert read_file(Path("/proc/self/status")), "it reports no size, but has content"


@odd_files
def test_unreadable_models_toml_is_described(
    make: Callable[[Path], None], what: str, tmp_path: Path
) -> None:
    path = tmp_path / "models.toml"
    make(path)
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert str(raised.value) == f"{path}: cannot be read: {what}"
    with pytest.raises(ConfigError, match=what):
        write_value(path, ("wake", "threshold"), 0.5, "embedded")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a = " + "[" * 50_000, "nested too deeply"),
        ("a = " + "[" * 400 + "]" * 400, "nested too deeply"),
        ("a = " + "{a=" * 400 + "1" + "}" * 400, "nested too deeply"),
        (".".join("a" * 20_000) + " = 1", "nested too deeply"),
        ("[" + ".".join("a" * 20_000) + "]", "nested too deeply"),
        ("[wake]\nthreshold = " + "1" * 5_000, "thousands of digits"),
        ("[wake]\nthreshold = 0x" + "f" * 5_000, "wake.threshold"),
        ("[wake]\nthreshold = 1e999", "wake.threshold"),
        ("[wake]\nthreshold = nan", "wake.threshold"),
        ("[wake]\nthreshold = inf", "wake.threshold"),
        ("[wake]\nmodel = " + "'" + "x" * 500_000 + "'\nmodle = 1", "wake.modle"),
        ("\x00", "not TOML"),
        ('[wake]\nmodel = "a\\u0000b"\nlabel = 5', "wake.label"),
        ("a" * 900_000 + " = 1", "aaa: unknown key"),
    ],
    ids=range(14),
)
def test_absurd_models_toml_is_reported_in_one_line(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert what in str(raised.value)
    assert len(str(raised.value)) < 2_000


@pytest.mark.parametrize(("wrong", "more"), [(20, []), (331, ["and 311 more"])])
def test_twenty_problems_are_listed_and_the_rest_counted(
    wrong: int, more: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "models.toml"
    path.write_text("".join(f"key{number} = 1\n" for number in range(wrong)))
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    lines = str(raised.value).splitlines()
    assert "key19: unknown key" in lines[19]
    assert lines[20:] == more


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, "[" * 200 + "]" * 200, "1" * 5_000]
)
def test_absurd_json_is_an_ordinary_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested too deeply|thousands of digits"):
        parse_json(text)


def test_wide_but_shallow_table_is_accepted() -> None:
    check_depth({str(number): {"a": [1, [2, {"b": 3}]]} for number in range(1_000)})


@pytest.fixture
def wake_model(tmp_path: Path) -> Path:
    """The shipped model, in a folder where it may be damaged."""
    model = tmp_path / "wake"
    model.mkdir()
    for file in SHIPPED.iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    return model


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
@pytest.mark.parametrize("make", [pipe, folder, endless])
def test_unreadable_wake_model_file_is_described(
    make: Callable[[Path], None], name: str, wake_model: Path
) -> None:
    (wake_model / name).unlink()
    make(wake_model / name)
    with pytest.raises(ModelLoadError, match=r"not a file|Is a directory") as raised:
        load_checkpoint(str(wake_model), "marvin")
    assert name in str(raised.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5_000, "[1]", "null"])
def test_wake_model_with_a_malformed_configuration_is_reported_in_one_line(
    text: str, wake_model: Path
) -> None:
    (wake_model / "config.json").write_text(text)
    with pytest.raises(ModelLoadError, match=r"config\.json"):
        describe_checkpoint(str(wake_model))


@pytest.mark.parametrize("make", [pipe, endless])
def test_model_folder_with_a_pipe_in_it_is_not_given_to_a_library(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / "tokenizer.json")
    with pytest.raises(ModelLoadError, match=r"tokenizer\.json cannot be used: is a .*not a file"):
        locate(Source("stt.model", str(tmp_path)))


@pytest.mark.parametrize("make", [pipe, endless])
def test_endless_recording_does_not_block(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "question.wav"
    make(path)
    with pytest.raises(AudioFileError, match="not a file"):
        open_audio(path)


@odd_files
def test_special_file_in_the_model_cache_is_not_read(
    make: Callable[[Path], None], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    pins_path().parent.mkdir(parents=True)
    make(pins_path())
    with pytest.raises(ModelLoadError, match=what):
        read_pins()


@pytest.mark.parametrize("make", [pipe, folder, endless])
def test_special_file_as_a_lock_does_not_block(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    pins_path().parent.mkdir(parents=True)
    make(pins_path().parent / "models.busy")
    with pytest.raises(DownloadError, match=r"not a file|Is a directory"), only_one():
        pass
