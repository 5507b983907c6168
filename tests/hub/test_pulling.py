"""`marvin models pull` from a Hub on loopback: what is fetched, and what is kept on failure."""

import fcntl
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.hub.contents import NEEDED, TINY, model
from tests.hub.fake_hub import Repository, commit_name
from tests.hub.machine import Machine

LARGE = 3_200_000
"""Numbers: 12.8 MB, of which a cut leaves 8."""


def test_only_needed_files_are_fetched_and_pinned(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model()])
    done = machine.marvin("models", "pull", TINY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Apache-2.0" in done.stdout
    folder = machine.cache(TINY) / "snapshots" / commit_name(0)
    assert {path.name for path in folder.iterdir()} == NEEDED
    assert set(machine.pins[TINY].files) == NEEDED
    assert machine.pins[TINY].commit == commit_name(0)
    assert (machine.cache(TINY) / "refs" / "main").read_text() == commit_name(0)


def test_files_already_here_are_not_fetched_again(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model()])
    machine.marvin("models", "pull", TINY)
    machine.hub.asked.clear()
    machine.settings["HF_HUB_OFFLINE"] = "1"
    done = machine.marvin("models", "pull", TINY)
    assert (done.returncode, done.stdout) == (0, f"{TINY}: already downloaded\n")
    assert machine.hub.asked == []


def test_only_files_are_requested(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model()])
    machine.marvin("models", "pull", TINY)
    assert [line for line in machine.hub.asked if TINY not in line] == []


def test_cut_connection_resumes_where_it_was(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model(count=LARGE)])
    machine.hub.cut_after, machine.hub.cuts_left = 8_000_000, 1
    assert machine.marvin("models", "pull", TINY).returncode == 0
    size = machine.pins[TINY].files["model.safetensors"].size
    assert len(machine.hub.ranges) == 1
    assert machine.hub.sent < size + 1_000_000
    assert machine.marvin("models", "check").returncode == 0


def test_later_attempt_resumes_where_an_earlier_one_gave_up(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model(count=LARGE)])
    machine.hub.cut_after, machine.hub.cuts_left = 8_000_000, 1
    machine.hub.status_after_cut = 503
    failed = machine.marvin("models", "pull", TINY)
    assert failed.returncode == 1
    assert "(503): try again later" in failed.stderr
    assert TINY not in machine.pins
    machine.hub.status = None
    assert machine.marvin("models", "pull", TINY).returncode == 0
    first = int(machine.hub.ranges[-1].removeprefix("bytes=").rstrip("-"))
    assert 7_000_000 < first <= 8_000_000
    assert machine.marvin("models", "check").returncode == 0


def test_ctrl_c_keeps_what_arrived(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model(count=LARGE)])
    machine.hub.stall_after = 8_000_000
    process = subprocess.Popen(
        machine.command("models", "pull", TINY),
        env=machine.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert machine.hub.stalled.wait(300)
    part = machine.cache(TINY) / "blobs"
    while not any(path.stat().st_size > 7_000_000 for path in part.glob("*.part")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert said == "stopped; run the same command again to resume\n"
    machine.hub.stall_after = None
    machine.hub.go_on.set()
    assert machine.marvin("models", "pull", TINY).returncode == 0
    assert len(machine.hub.ranges) == 1


def test_bytes_other_than_announced_are_discarded(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model(count=LARGE)])
    machine.hub.wrong_bytes = True
    done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "does not match its checksum" in done.stderr
    assert list((machine.cache(TINY) / "blobs").glob("*.part")) == []


def test_gated_model_needs_its_licence_accepted_and_a_token(machine: Machine) -> None:
    machine.hub.repositories["owner/gated"] = Repository([model()], gated=True)
    done = machine.marvin("models", "pull", "owner/gated")
    assert done.returncode == 1
    assert f"accept its licence at {machine.hub.url}/owner/gated" in done.stderr
    assert "HF_TOKEN" in done.stderr
    machine.settings["HF_TOKEN"] = machine.hub.token
    assert machine.marvin("models", "pull", "owner/gated").returncode == 0


def test_wrong_token_is_named_but_not_shown(machine: Machine) -> None:
    machine.hub.repositories[TINY] = Repository([model()])
    machine.settings["HF_TOKEN"] = "hf_wrong"
    done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "does not accept your token (401)" in done.stderr
    assert "hf_wrong" not in done.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("openai/whisper-tiny.e", "has no such model (did you mean 'openai/whisper-tiny.en'?)"),
        ("nobody/has-this", "has no such model, or it is private"),
        ("lapto", "neither a profile (did you mean 'laptop'?)"),
        ("not an/id", "not a Hub id, which looks like owner/name"),
    ],
)
def test_missing_repository_or_revision_is_named(machine: Machine, name: str, says: str) -> None:
    done = machine.marvin("models", "pull", name)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (403, "(403)"),
        (429, "too many requests from here (429)"),
        (500, "has a server error (500): try again later"),
        (503, "has a server error (503): try again later"),
    ],
)
def test_failing_hub_is_reported(machine: Machine, status: int, says: str) -> None:
    machine.hub.status = status
    done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("page", [b"<html>Please sign in</html>", b"{}", b"[]"])
def test_page_that_is_not_a_hub_is_reported(machine: Machine, page: bytes) -> None:
    machine.hub.page = page
    done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "is not a Hub" in done.stderr
    assert "Traceback" not in done.stderr


def test_unreachable_hub_is_reported(machine: Machine) -> None:
    machine.settings["HF_ENDPOINT"] = "http://127.0.0.1:9"
    done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "no connection to http://127.0.0.1:9" in done.stderr


def test_offline_mode_is_respected(machine: Machine) -> None:
    machine.settings["HF_HUB_OFFLINE"] = "1"
    done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "HF_HUB_OFFLINE" in done.stderr
    assert machine.hub.asked == []


def test_repository_without_weights_is_refused(machine: Machine) -> None:
    machine.hub.repositories["owner/rust"] = Repository([{"config.json": b"{}", "a.ot": b"x"}])
    done = machine.marvin("models", "pull", "owner/rust")
    assert done.returncode == 1
    assert "has no weights that transformers or llama.cpp can load" in done.stderr


def test_pinned_commit_is_kept_until_an_update_is_requested(machine: Machine) -> None:
    repository = machine.hub.repositories[TINY] = Repository([model(0)])
    machine.marvin("models", "pull", TINY)
    repository.commits.append(model(1))
    machine.python(f"import huggingface_hub as h; h.hf_hub_download('{TINY}', 'config.json')")
    assert (machine.cache(TINY) / "refs" / "main").read_text() == commit_name(1)
    assert machine.marvin("models", "pull", TINY).stdout == f"{TINY}: already downloaded\n"
    where = f"from marvin.hub.present import find; print(find('{TINY}').name)"
    assert machine.python(where) == commit_name(0)
    assert machine.marvin("models", "pull", "--update", TINY).returncode == 0
    assert machine.python(where) == commit_name(1)
    assert machine.pins[TINY].older == (commit_name(0),)


def test_missing_file_of_a_pinned_commit_comes_from_that_commit(machine: Machine) -> None:
    repository = machine.hub.repositories[TINY] = Repository([model(0)])
    machine.marvin("models", "pull", TINY)
    repository.commits.append(model(1))
    (machine.cache(TINY) / "snapshots" / commit_name(0) / "config.json").unlink()
    assert machine.marvin("models", "pull", TINY).returncode == 0
    assert machine.pins[TINY].commit == commit_name(0)
    assert machine.marvin("models", "check").returncode == 0


def test_revision_in_models_toml_is_fetched(machine: Machine) -> None:
    commits = [model(0), model(1)]
    machine.hub.repositories[TINY] = Repository(commits, tags={"v1": 0})
    machine.configure(f'[stt]\nengine = "whisper"\nmodel = "{TINY}"\nrevision = "v1"\n')
    assert machine.marvin("models", "pull", TINY).returncode == 0
    assert machine.pins[TINY].commit == commit_name(0)
    machine.configure(f'[stt]\nengine = "whisper"\nmodel = "{TINY}"\nrevision = "v9"\n')
    assert "has no revision 'v9'" in machine.marvin("models", "pull", TINY).stderr


def test_profile_fetches_everything_its_tables_name(machine: Machine) -> None:
    machine.configure(
        f'[profiles.mine.stt]\nengine = "whisper"\nmodel = "{TINY}"\n'
        '[profiles.mine.tts]\nengine = "speecht5"\n'
    )
    machine.hub.repositories = {
        TINY: Repository([model()]),
        "microsoft/speecht5_tts": Repository([model()]),
        "microsoft/speecht5_hifigan": Repository([model()]),
        "Matthijs/cmu-arctic-xvectors": Repository(
            [{"spkrec-xvect.zip": b"voices", "README.md": b""}], kind="datasets"
        ),
    }
    done = machine.marvin("models", "pull", "mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(machine.pins) == set(machine.hub.repositories)
    voices = machine.python(
        "from huggingface_hub import hf_hub_download as fetched\n"
        "print(fetched('Matthijs/cmu-arctic-xvectors', 'spkrec-xvect.zip', repo_type='dataset', "
        "local_files_only=True))"
    )
    assert Path(voices).read_bytes() == b"voices"


def test_second_simultaneous_pull_is_refused(machine: Machine) -> None:
    folder = machine.home / "data" / "marvin"
    folder.mkdir(parents=True)
    with (folder / "models.busy").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "another `marvin models` is running" in done.stderr


def test_licence_that_forbids_commercial_use_is_shown(machine: Machine) -> None:
    machine.hub.repositories["facebook/mms-tts-eng"] = Repository([model()])
    done = machine.marvin("models", "pull", "facebook/mms-tts-eng")
    assert "CC BY-NC 4.0 (non-commercial use only)" in done.stdout
