"""Where a model comes from: the Hub, packages where it cannot be reached, or a folder."""

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.hub.contents import NEEDED, model
from tests.hub.fake_hub import Repository, commit_name
from tests.hub.machine import Machine

TINY = "openai/whisper-tiny.en"
"""An id that packages carry."""
OTHER = "owner/other"


@pytest.fixture
def no_packages(machine: Machine) -> Machine:
    """A machine that reaches no package registry."""
    machine.settings |= {"PIP_NO_INDEX": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    return machine


def test_the_hub_comes_first(no_packages: Machine) -> None:
    no_packages.hub.repositories[TINY] = Repository([model()])
    done = no_packages.marvin("models", "pull", TINY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "from the Hub" in done.stdout
    assert no_packages.pins[TINY].origin == "hub"


def test_without_the_hub_packages_are_tried(no_packages: Machine) -> None:
    hub = no_packages.settings["HF_ENDPOINT"] = "http://127.0.0.1:9"
    done = no_packages.marvin("models", "pull", TINY)
    assert done.returncode == 1
    first, last = done.stderr.splitlines()
    assert first == f"no connection to {hub}: taking packages instead"
    assert last.endswith(
        f"{TINY}: neither {hub} nor PyPI, which has it in packages, can be reached"
    )
    assert "1 package on PyPI" in done.stdout
    assert no_packages.pins == {}


def test_a_hub_that_lacks_it_is_replaced_by_packages(no_packages: Machine) -> None:
    done = no_packages.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "has no such model, or it is private" in done.stderr
    assert "taking packages instead" in done.stderr


def test_without_the_hub_what_no_package_has_is_not_to_be_had(no_packages: Machine) -> None:
    no_packages.settings["HF_ENDPOINT"] = "http://127.0.0.1:9"
    done = no_packages.marvin("models", "pull", OTHER)
    assert done.returncode == 1
    assert f"{OTHER}: no connection to " in done.stderr
    assert "`marvin models pull starter` fetches smaller models" in done.stderr


def test_only_the_source_that_was_asked_for(no_packages: Machine) -> None:
    no_packages.settings["HF_ENDPOINT"] = "http://127.0.0.1:9"
    done = no_packages.marvin("models", "pull", TINY, "--from", "hub")
    assert done.returncode == 1
    assert "packages" not in done.stdout + done.stderr


def test_a_revision_is_on_the_hub_only(no_packages: Machine) -> None:
    no_packages.configure(
        f'[profiles.mine.stt]\nengine = "whisper"\nmodel = "{TINY}"\nrevision = "v2"\n'
    )
    done = no_packages.marvin("models", "pull", "mine", "--from", "packages")
    assert done.returncode == 1
    assert "only the Hub has revision 'v2'" in done.stderr


def test_ctrl_c_leaves_nothing_that_looks_whole(machine: Machine) -> None:
    """While pip waits for an index that does not answer."""
    machine.hub.stall_after = 0
    machine.hub.repositories["simple"] = Repository([{"w.bin": bytes(100)}])
    machine.settings["PIP_FIND_LINKS"] = f"{machine.hub.url}/simple/resolve/main/w.bin"
    process = subprocess.Popen(
        machine.command("models", "pull", TINY, "--from", "packages"),
        env=machine.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert machine.hub.stalled.wait(300)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert said == "stopped; run the same command again to resume\n"
    assert machine.pins == {}
    assert not machine.own(TINY).exists()
    assert list((machine.home / "data/marvin/fetching/packages").iterdir()) == []


LAYOUTS = ("", "whisper-tiny.en", TINY, TINY.replace("/", "--"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_in_hugging_face_layout(machine: Machine, tmp_path: Path, layout: str) -> None:
    stick = tmp_path / "stick"
    for file, content in model().items():
        path = stick / layout / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    done = machine.marvin("models", "pull", TINY, "--from", str(stick))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"from {stick / layout}".rstrip("/") in done.stdout
    assert {path.name for path in machine.own(TINY).iterdir()} == NEEDED
    assert machine.pins[TINY].origin == "folder"
    assert machine.hub.asked == []
    shutil.rmtree(stick)
    assert "ok (0.0 MB, from a folder)" in machine.marvin("models", "check").stdout


def test_a_hugging_face_cache_of_another_machine(machine: Machine, tmp_path: Path) -> None:
    machine.hub.repositories = {TINY: Repository([model(0)]), OTHER: Repository([model(1)])}
    machine.marvin("models", "pull", TINY, OTHER)
    stick = shutil.copytree(machine.home / "hf", tmp_path / "stick", symlinks=True)
    machine.settings |= {
        "HF_HOME": str(tmp_path / "none"), "XDG_DATA_HOME": str(tmp_path / "other"),
    }  # fmt: skip
    machine.hub.asked.clear()
    assert machine.marvin("models", "pull", TINY, OTHER, "--from", str(stick)).returncode == 0
    assert machine.hub.asked == []
    found = machine.python(f"from marvin.hub.present import find; print(find('{OTHER}'))")
    weights = (Path(found) / "model.safetensors").read_bytes()
    assert weights == model(1)["model.safetensors"]


def test_one_folder_is_not_several_models(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "model.safetensors").write_bytes(model()["model.safetensors"])
    done = machine.marvin("models", "pull", TINY, OTHER, "--from", str(tmp_path))
    assert done.returncode == 1
    assert f"does not contain {TINY}" in done.stderr


def test_weights_that_are_cut_are_not_taken(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "model.safetensors").write_bytes(model()["model.safetensors"][:-4])
    done = machine.marvin("models", "pull", OTHER, "--from", str(tmp_path))
    assert done.returncode == 1
    assert "model.safetensors cannot be read" in done.stderr
    assert not machine.own(OTHER).exists()
    assert machine.pins == {}


def test_the_hub_s_own_replaces_what_came_from_a_folder(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "model.safetensors").write_bytes(model(1)["model.safetensors"])
    assert machine.marvin("models", "pull", TINY, "--from", str(tmp_path)).returncode == 0
    machine.hub.repositories[TINY] = Repository([model(0)])
    assert "already downloaded" in machine.marvin("models", "pull", TINY).stdout
    assert machine.marvin("models", "pull", TINY, "--from", "hub").returncode == 0
    assert machine.pins[TINY].commit == commit_name(0)
    assert not machine.own(TINY).exists()
    assert machine.marvin("models", "check").returncode == 0


def test_what_came_from_a_folder_is_deleted_when_nothing_needs_it(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "model.safetensors").write_bytes(model()["model.safetensors"])
    assert machine.marvin("models", "pull", OTHER, "--from", str(tmp_path)).returncode == 0
    done = machine.marvin("models", "prune", "--yes")
    assert done.returncode == 0
    assert OTHER in done.stdout
    assert machine.pins == {}
    assert not machine.own(OTHER).exists()
    assert (tmp_path / "model.safetensors").exists()
