"""`marvin models`: its lists, and its messages before it contacts the Hub."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from marvin.cli.main import main
from marvin.errors import DownloadError
from marvin.hub.catalogue import CATALOGUE
from marvin.hub.choosing import FileChoice
from marvin.hub.offers import Offer, check_space
from marvin.hub.pins import Kept


@pytest.fixture(autouse=True)
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's models.toml on a machine without models."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    path = tmp_path / "XDG_CONFIG_HOME" / "marvin" / "models.toml"
    path.parent.mkdir(parents=True)
    path.write_text(
        '[profiles.mine.stt]\nengine = "whisper"\nmodel = "me/fine-tuned"\n'
        '[profiles.mine.llm]\nengine = "transformers"\nmodel = "/srv/models/chat"\n'
    )
    return path


@pytest.mark.parametrize("command", ["list", "pull", "check", "prune"])
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["models", command, "--help"])
    assert raised.value.code == 0
    assert f"example:\n  marvin models {command}" in capsys.readouterr().out


def test_list_has_the_catalogue_and_the_user_s_own_models(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for known in CATALOGUE:
        assert any(line.startswith(known.name) and known.licence in line for line in lines)
    own = next(line for line in lines if line.startswith("me/fine-tuned"))
    assert own.split() == ["me/fine-tuned", "stt", "mine", "see", "model", "page", "hub"]
    assert "/srv/models/chat" not in "\n".join(lines)


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    own = rows["me/fine-tuned"]
    assert (own["profiles"], own["stage"], own["here"], own["commit"]) == (
        ["mine"],
        "stt",
        False,
        None,
    )
    assert rows["facebook/mms-tts-eng"]["licence"] == "CC BY-NC 4.0"


def test_profile_that_needs_no_model_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", "embedded"]) == 0
    assert capsys.readouterr().out == "embedded: no models needed\n"
    assert main(["--profile", "embedded", "models", "pull"]) == 0
    assert capsys.readouterr().out == "profile embedded\nembedded: no models needed\n"


def test_gguf_models_of_other_programs_are_not_fetched(
    user_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    profile = '[profiles.mine.llm]\nengine = "gguf"\n'
    user_file.write_text(f'{profile}model = "llama3.2:3b"\n')
    assert main(["models", "pull", "mine"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "mine: no models needed"
    folder = tmp_path / ".lmstudio" / "models" / "owner" / "chat-GGUF"
    folder.mkdir(parents=True)
    (folder / "chat-Q8_0.gguf").write_bytes(b"")
    user_file.write_text(f'{profile}model = "owner/chat-GGUF:Q8_0"\n')
    assert main(["models", "pull", "mine"]) == 0
    assert "owner/chat-GGUF:Q8_0: another program has it" in capsys.readouterr().out
    for arguments in (["mine", "--update"], ["owner/chat-GGUF:Q8_0"]):
        assert main(["models", "pull", *arguments]) == 1
        assert "HF_HUB_OFFLINE forbids the network" in capsys.readouterr().err


def test_a_profile_that_the_machine_cannot_run(
    user_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user_file.write_text("[profiles.mine]\nmin_memory_gb = 100000.0\n")
    assert main(["models", "pull", "mine"]) == 0
    assert capsys.readouterr().err == (
        "profile mine needs 100000 GB of memory: `auto` will not choose it on this machine\n"
    )


def test_invalid_profile_is_named(user_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user_file.write_text('[profiles.mine.stt]\nengine = "whisper"\nmodle = "a/b"\n')
    assert main(["models", "pull", "mine"]) == 1
    assert "`marvin config --profile mine` says why" in capsys.readouterr().err
    assert main(["models", "list"]) == 0


def test_unknown_profile_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", "mien"]) == 1
    assert "neither a profile (did you mean 'mine'?) nor a Hub id" in capsys.readouterr().err


def test_nothing_to_check_and_nothing_to_delete(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "check"]) == 0
    assert "No models are downloaded" in capsys.readouterr().out
    assert main(["models", "prune"]) == 0
    assert "Nothing to delete" in capsys.readouterr().out


def test_lack_of_disk_space_is_reported_before_the_download(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {"model.safetensors": Kept(size=3_000_000_000, digest="sha256:0")}
    offer = Offer("a/b", "model", "main", "main", "c" * 40, files, FileChoice(tuple(files)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4_000_000_000))
    check_space([offer])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3_100_000_000))
    with pytest.raises(DownloadError, match=r"3\.0 GB are needed, 2\.9 GB are free"):
        check_space([offer])
