"""A real package, fetched once into the user's cache: its weights become a model that hears."""

from pathlib import Path

from marvin.hub.packages.packaged_models import PACKAGED
from tests.hub.machine import Machine
from tests.paths import SAMPLES
from tests.published import archives_of

TINY = "openai/whisper-tiny.en"


def test_the_published_weights_hear_a_question(machine: Machine) -> None:
    archives: Path = archives_of("whisper-tiny.en")
    assert machine.marvin("models", "pull", TINY, "--from", str(archives)).returncode == 0
    assert machine.pins[TINY].origin == "packages"
    machine.configure(f'[stt]\nengine = "whisper"\nmodel = "{TINY}"\ndtype = "float32"\n')
    done = machine.marvin("transcribe", str(SAMPLES / "what_time_is_it.wav"))
    assert done.returncode == 0, done.stderr
    assert "what time is it" in done.stdout.lower()


def test_every_packaged_model_says_its_licence_and_digests() -> None:
    for model in PACKAGED.values():
        assert model.licence in ("MIT", "Apache-2.0")
        assert model.room > model.size
        assert all(len(package.sha256) == 64 and package.members for package in model.packages)
