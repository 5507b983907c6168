"""`marvin models check`, `--repair` and `prune`: damaged and unneeded files."""

import json
from pathlib import Path

import pytest

from marvin.errors import ModelLoadError
from marvin.hub.pins import Kept, Pin, read_pins
from marvin.hub.present import has_weights
from marvin.hub.pruning import waste
from tests.hub.contents import TINY, model, weights
from tests.hub.fake_hub import Repository, commit_name
from tests.hub.machine import Machine

OTHER = "owner/other"


@pytest.fixture
def fetched(machine: Machine) -> Machine:
    machine.hub.repositories = {TINY: Repository([model(0)]), OTHER: Repository([model(1)])}
    assert machine.marvin("models", "pull", TINY, OTHER).returncode == 0
    return machine


def blob(machine: Machine, file: str) -> Path:
    return (machine.cache(TINY) / "snapshots" / commit_name(0) / file).resolve()


def test_complete_models_pass(fetched: Machine) -> None:
    done = fetched.marvin("models", "check")
    assert done.returncode == 0
    assert done.stdout.count(": ok (") == 2


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def change(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"!")


@pytest.mark.parametrize(
    ("file", "harm", "says"),
    [
        ("config.json", cut, " bytes, not "),
        ("model.safetensors", change, " was changed"),
        ("model.safetensors", Path.unlink, " is missing"),
    ],
)
def test_damage_is_found_and_repaired(fetched: Machine, file: str, harm: object, says: str) -> None:
    assert callable(harm)
    harm(blob(fetched, file))
    done = fetched.marvin("models", "check")
    assert done.returncode == 1
    assert any(file in line and says in line for line in done.stdout.splitlines())
    assert f"`marvin models pull --repair {TINY}`" in done.stdout
    assert done.stdout.count(": ok (") == 1
    assert fetched.marvin("models", "pull", "--repair", TINY).returncode == 0
    assert fetched.marvin("models", "check").returncode == 0


def test_incomplete_model_counts_as_missing(fetched: Machine) -> None:
    cut(blob(fetched, "model.safetensors"))
    found = fetched.python(f"from marvin.hub.present import find; print(find('{TINY}'))")
    assert found == "None"
    listed = json.loads(fetched.marvin("models", "list", "--json").stdout)
    row = next(row for row in listed if row["name"] == TINY)
    assert (row["here"], row["commit"]) == (False, commit_name(0))
    # An ordinary pull notices a file that is too short, too.
    assert fetched.marvin("models", "pull", TINY).returncode == 0
    assert fetched.marvin("models", "check").returncode == 0


def test_only_unneeded_models_are_deleted(fetched: Machine) -> None:
    fetched.configure(f'[stt]\nengine = "whisper"\nmodel = "{TINY}"\n')
    asked = fetched.marvin("models", "prune")
    assert asked.returncode == 1
    assert "`--yes` deletes them without asking" in asked.stdout
    assert set(fetched.pins) == {TINY, OTHER}
    done = fetched.marvin("models", "prune", "--yes")
    assert done.returncode == 0
    assert OTHER in done.stdout
    assert TINY not in done.stdout
    assert set(fetched.pins) == {TINY}
    assert not fetched.cache(OTHER).exists()
    assert fetched.marvin("models", "check").returncode == 0
    assert "Nothing to delete" in fetched.marvin("models", "prune").stdout


def test_older_commit_is_deleted_and_the_newer_stays_complete(fetched: Machine) -> None:
    fetched.configure(f'[stt]\nengine = "whisper"\nmodel = "{TINY}"\n')
    changed = {**model(0), "model.safetensors": weights(9)}
    fetched.hub.repositories[TINY].commits.append(changed)
    fetched.marvin("models", "pull", "--update", TINY)
    done = fetched.marvin("models", "prune", "--yes")
    assert "(older commits)" in done.stdout
    assert not (fetched.cache(TINY) / "snapshots" / commit_name(0)).exists()
    assert fetched.pins[TINY].older == ()
    assert fetched.marvin("models", "check").returncode == 0


def test_models_fetched_by_other_programs_are_used_and_never_deleted(machine: Machine) -> None:
    machine.hub.repositories = {TINY: Repository([model(0)])}
    machine.python(f"import huggingface_hub as h; h.snapshot_download('{TINY}')")
    found = machine.python(f"from marvin.hub.present import find; print(find('{TINY}').name)")
    assert found == commit_name(0)
    machine.configure(f'[stt]\nengine = "whisper"\nmodel = "{TINY}"\n')
    assert "downloaded by another program" in machine.marvin("models", "check").stdout
    machine.marvin("models", "pull", TINY)
    machine.configure("")
    done = machine.marvin("models", "prune", "--yes")
    assert "kept; another program downloaded it first" in done.stdout
    assert (machine.cache(TINY) / "snapshots" / commit_name(0) / "README.md").exists()


def test_files_of_other_programs_are_never_waste() -> None:
    files = {"a": Kept(size=1, digest="git:0")}
    theirs = Pin(commit="c", files=files, ours=False)
    assert waste({"owner/theirs": theirs}, needed=()) == []


def test_index_names_all_its_parts(tmp_path: Path) -> None:
    index = tmp_path / "model.safetensors.index.json"
    assert not has_weights(tmp_path)
    index.write_text('{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}')
    (tmp_path / "model-1.safetensors").write_bytes(weights(0))
    assert not has_weights(tmp_path)
    (tmp_path / "model-2.safetensors").write_bytes(weights(0))
    assert has_weights(tmp_path)
    index.write_text("[]")
    assert not has_weights(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "onnx/model_quantized.onnx", "onnx/model.onnx"])
def test_weights_for_onnxruntime_are_weights(tmp_path: Path, name: str) -> None:
    (tmp_path / "onnx").mkdir()
    assert not has_weights(tmp_path)
    (tmp_path / name).write_bytes(b"")
    assert has_weights(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", '{"a/b": {"commit": 3}}', "\x00"])
def test_damaged_pins_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert read_pins() == {}
    path = tmp_path / "marvin" / "models.lock.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(ModelLoadError, match="is damaged: delete it"):
        read_pins()
