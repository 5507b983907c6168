"""`marvin wake train` as users see it, with a model that trains in seconds."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marvin.cli.main import main
from marvin.config.wake import AstConfig
from marvin.types import AudioChunk
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from marvin.workshop.wake_train import material, preparing, rehearsal
from marvin.workshop.wake_train import training_run as session
from marvin.workshop.wake_train.recipe import Recipe
from tests.paths import ROOT, SAMPLES
from tests.workshop.wake_train.tiny import (
    environment,
    recording,
    train,
    use,
    voice_like,
    write,
)

USELESS = 3
TRAINED = (0, USELESS)
"""Exit codes of a finished training; the quality of a tiny model is a matter of chance."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The cache of a training, with its synthetic speech, shared so that all tests hear the same: a
    few of espeak-ng's voices never say a thing the same way twice.
    """
    seen = environment(tmp_path_factory.mktemp("seen"))
    with pytest.MonkeyPatch.context() as patch:
        use(patch, seen)
        assert train("gizmo", "--steps=1", "--out", tmp_path_factory.mktemp("spoken")) in TRAINED
    return seen


@pytest.fixture(autouse=True)
def small(seen: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny model, a separate cache, and one synthesiser."""
    use(monkeypatch, seen)


def test_deaf_model_is_called_useless_each_time_and_not_recommended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["gizmo", "--steps=1", "--out", tmp_path / "model"]
    for said in ("Trained, but the model is useless. It is in", "That model is useless."):
        assert train(*given) == USELESS
        text = capsys.readouterr().out
        assert said in text
        assert re.search(r"It hears \d+% of the phrase", text)
        assert "omit --steps: it had 1 of the usual 18000 steps" in text
        assert "add --negatives DIR" in text
        assert "Done" not in text
        assert "models.toml" not in text


def test_good_model_is_reported_with_its_models_toml_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The base model knows this one already.
    monkeypatch.setattr(preparing, "Recipe", Recipe)
    out = tmp_path / "model"
    given = ["marvin", "--steps=1", "--clips=30", "--threads=1", "--out", str(out)]
    for said in ("Done: the model is in", "nothing to do"):
        assert main(["wake", "train", *given]) == 0
        text = capsys.readouterr().out
        assert said in text
        assert f'model = "{out}"\n    label = "marvin"' in text
        assert f"marvin wake eval {out} --positives" in text
        assert "marvin test-mic --calibrate" in text
        assert "useless" not in text


def test_one_command_turns_a_phrase_into_a_model(
    tmp_path: Path, seen: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    import transformers

    for at in range(5):
        write(tmp_path / "mine" / f"{at}.wav", recording(0.6, seed=at))
    for speaker in (5, 6):
        write(tmp_path / "others" / f"{speaker}-0-0.wav", voice_like(4.0, speaker))
    out = tmp_path / "model"
    given = ["Gizmo!", "--steps=3", "--out", out]
    given += ["--recordings", tmp_path / "mine", "--negatives", tmp_path / "others"]
    assert train(*given) in TRAINED
    text = capsys.readouterr().out
    assert "Training gizmo (G IH Z M OW) for 3 steps" in text
    assert "sudo apt-get install flite festival" in text
    assert "5 of your recordings, 1 of them held out" in text
    assert "training: 3 of 3" in text
    assert re.search(r"step 3: hears \d+% of the phrase .* in 0 min of speech", text)
    assert re.search(r"It hears \d of your 1 held-out recordings", text)

    names = {"config.json", "model.safetensors", "preprocessor_config.json", "README.md"}
    assert {path.name for path in out.iterdir()} == names
    card = (out / "README.md").read_text()
    assert "Trained by `marvin wake train`" in card
    assert "Recordings of the phrase by the user: `mine`." in card
    assert "Speech without the phrase: `others`." in card
    assert str(tmp_path) not in card
    model = transformers.ASTForAudioClassification.from_pretrained(out)
    assert model.config.id2label == {0: "other", 1: "gizmo"}
    assert transformers.ASTFeatureExtractor.from_pretrained(out).num_mel_bins == 16
    config = AstConfig(model=str(out), label="gizmo", threshold=0.0, smoothing=1, verify=False)
    detector = AstWakeWordDetector.load(config)
    assert detector.process(AudioChunk(voice_like(2.0)), voice=True) is not None

    # The cache keeps the speech but no state; running the same again does nothing.
    cache = Path(seen["XDG_CACHE_HOME"])
    cached = [path.name for path in cache.rglob("*") if path.is_file()]
    assert any(name.startswith("speech-") for name in cached)
    assert "state.pt" not in cached
    assert train(*given) in TRAINED
    assert "nothing to do" in capsys.readouterr().out
    assert train(*given, "--seed=2") == 1
    assert "already contains a model" in capsys.readouterr().err


def test_killed_training_resumes_with_the_same_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    straight, out = tmp_path / "straight", tmp_path / "killed"
    assert train("gizmo", "--steps=24", "--out", straight) in TRAINED
    command = [sys.executable, "-m", "tests.workshop.wake_train.tiny", "gizmo", "--steps=24"]
    killed = subprocess.Popen(
        [*command, "--out", str(out)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ, start_new_session=True,
    )  # fmt: skip
    assert killed.stdout is not None
    for line in killed.stdout:
        if line.startswith("step 12: hears"):
            break
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    killed.stdout.close()
    assert not out.exists()

    capsys.readouterr()
    assert train("gizmo", "--steps=24", "--out", out) in TRAINED
    text = capsys.readouterr().out
    (step,) = re.findall(r"Resuming an earlier run from step (\d+)", text)
    assert 8 <= int(step) <= 16
    weights = [(folder / "model.safetensors").read_bytes() for folder in (straight, out)]
    assert weights[0] == weights[1]


def test_ctrl_c_says_how_to_resume_and_other_settings_start_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "model"
    with monkeypatch.context() as pressing:
        pressing.setattr(session, "write_folder", pressed)
        assert train("gizmo", "--steps=4", "--out", out) == 130
    assert "the same command resumes from step 4" in capsys.readouterr().err
    with monkeypatch.context() as pressing:
        pressing.setattr(session, "make_material", pressed)
        assert train("gizmo", "--steps=5", "--out", out) == 130
        captured = capsys.readouterr()
        assert "An unfinished training of this phrase with other settings" in captured.out
        assert "stopped before the first checkpoint" in captured.err
    assert train("gizmo", "--steps=4", "--out", out) in TRAINED
    assert "Resuming an earlier run from step 4" in capsys.readouterr().out


def test_full_disk_ends_it_with_a_message_and_the_state_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as filling:
        filling.setattr(session, "write_folder", full)
        assert train("gizmo", "--steps=3", "--out", tmp_path / "model") == 1
    message = capsys.readouterr().err
    assert "the disk is full" in message
    assert "resumes from step 3" in message
    with monkeypatch.context() as filling:
        filling.setattr(material, "synthesize", full)
        assert train("gizmo", "--steps=3", "--seed=7", "--out", tmp_path / "model") == 1
    assert "with the synthetic speech" in capsys.readouterr().err


def test_all_mistakes_are_reported_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "file"
    out.touch()
    given = ["x9#", "--out", out, "--recordings", tmp_path / "no-voice"]
    given += ["--negatives", tmp_path / "no-room", "--noise", tmp_path / "no-noise"]
    assert train(*given) == 1
    message = capsys.readouterr().err
    for wrong in ("9 # is ambiguous", "no-voice: no such", "no-room: no such", "no-noise: no"):
        assert wrong in message
    assert train("gizmo", "--out", out) == 1
    assert "is a file: choose another folder" in capsys.readouterr().err


def test_steps_are_timed_on_the_requested_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def begun(*_: object, **__: object) -> None:
        raise InterruptedError(torch.get_num_threads())

    monkeypatch.setattr(rehearsal, "synthesize", begun)
    request = preparing.TrainingRequest("gizmo", clips=30, threads=3, out=tmp_path / "model")
    ready = preparing.prepare(request, lambda progress: None)
    before = torch.get_num_threads()
    try:
        with pytest.raises(InterruptedError, match="3"):
            rehearsal.estimate_s(ready, 0, lambda progress: None)
    finally:
        torch.set_num_threads(before)


def test_cache_that_is_a_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert train("gizmo", "--out", tmp_path / "model") == 1
    assert "set XDG_CACHE_HOME to a writable folder" in capsys.readouterr().err


def test_failure_to_save_search_results_is_an_error_with_advice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "room" / "tap.wav", voice_like(3.0))
    given = ["gizmo", "--seed=8", "--negatives", tmp_path / "room", "--out", tmp_path / "model"]
    request = preparing.TrainingRequest("gizmo", seed=8, clips=30, out=tmp_path / "model")
    known = preparing.prepare(request, lambda progress: None).places.said
    known.mkdir(parents=True)
    assert train(*given) == 1
    assert "set XDG_CACHE_HOME" in capsys.readouterr().err


def test_negatives_with_the_phrase_are_left_out_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "make_material", lambda *_: pytest.fail("training started"))
    folder = tmp_path / "said"
    folder.mkdir()
    for name in ("set_a_timer.wav", "two_questions.wav"):
        shutil.copy(SAMPLES / name, folder)
    assert train("marvin", "--negatives", folder, "--out", tmp_path / "model") == 1
    message = capsys.readouterr().err
    assert "'marvin' is in 2 of 2 negatives: set_a_timer.wav at " in message
    assert "Is this the wrong folder?" in message
    for seed in range(3):
        write(folder / f"other{seed}.wav", voice_like(3.0, seed))
    request = preparing.TrainingRequest(
        "marvin", negatives=(folder,), clips=30, out=tmp_path / "model"
    )
    ready = preparing.prepare(request, lambda progress: None)
    assert [path.name for path, _ in ready.negatives] == ["other0.wav", "other1.wav", "other2.wav"]
    assert "is in 2 of 5 negatives, which are left out" in ready.warnings[-1]


def test_only_settings_that_affect_the_result_identify_a_training(tmp_path: Path) -> None:
    write(tmp_path / "room" / "tap.wav", voice_like(3.0))

    def key(**changed: object) -> str:
        given = {"negatives": (tmp_path / "room",), "out": tmp_path / "model", **changed}
        request = preparing.TrainingRequest("gizmo", **given)  # type: ignore[arg-type]
        return preparing.prepare(request, lambda progress: None).places.training.name

    same = key()
    assert key(threads=1) == key(out=tmp_path / "elsewhere") == same
    different = [key(seed=2), key(steps=7), key(clips=60), key(negatives=())]
    write(tmp_path / "room" / "tap.wav", voice_like(3.0, 1))
    different.append(key())
    assert len({same, *different}) == 6


def test_missing_synthesiser_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    assert train("gizmo", "--out", tmp_path / "model") == 1
    assert "pip install espeakng-loader" in capsys.readouterr().err
