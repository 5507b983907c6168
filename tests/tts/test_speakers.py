"""SpeechT5 speakers: files, folders, the CMU ARCTIC set in the Hub's cache, and wrong ones."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from marvin.errors import ModelLoadError, ModelMissingError
from marvin.tts.speecht5.speakers import load_speaker
from tests.paths import DATA

REAL = DATA / "weights/speecht5_xvectors"


def vector(seed: int = 0, shape: tuple[int, ...] = (512,)) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture
def voices(tmp_path: Path) -> Path:
    """A folder with two speakers."""
    np.save(tmp_path / "Anna.npy", vector(1))
    save_file({"xvector": vector(2, (1, 512))}, tmp_path / "ben.safetensors")
    return tmp_path


@pytest.mark.parametrize("name", ["Anna.npy", "Anna", "anna"])
def test_numpy_file(voices: Path, name: str) -> None:
    assert np.array_equal(load_speaker(str(voices / name), 512), vector(1))


@pytest.mark.parametrize("name", ["ben.safetensors", "ben", "Ben"])
def test_safetensors_file(voices: Path, name: str) -> None:
    assert np.array_equal(load_speaker(str(voices / name), 512), vector(2))


def test_folder_with_one_speaker_needs_no_name(voices: Path) -> None:
    (voices / "Anna.npy").unlink()
    assert np.array_equal(load_speaker(str(voices), 512), vector(2))


def test_home_folder_is_expanded(voices: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(voices.parent))
    assert np.array_equal(load_speaker(f"~/{voices.name}/anna", 512), vector(1))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", r"has 2 speakers; name one, such as '.*/Anna' \(it has: Anna, ben\)"),
        ("annna", r"has no 'annna' \(did you mean 'Anna'\?\)"),
        ("anna.nyp", r"has no 'anna\.nyp' \(did you mean 'Anna'\?\)"),
        ("nowhere/anna", r"there is no file or folder .*nowhere/anna"),
        ("empty", r"no \.npy or \.safetensors file in .*empty"),
        ("text.txt", r"text\.txt is neither \.npy nor \.safetensors"),
    ],
)
def test_unknown_speaker_file_lists_the_available_ones(
    voices: Path, name: str, message: str
) -> None:
    (voices / "empty").mkdir()
    (voices / "text.txt").write_text("hello")
    with pytest.raises(ModelLoadError, match=rf"tts\.speaker: .*{message}"):
        load_speaker(str(voices / name), 512)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (vector(0, (256,)), r"not an x-vector of 512 numbers \(shape \(256,\), float32\)"),
        (vector(0, (2, 512)), r"not an x-vector of 512 numbers \(shape \(2, 512\)"),
        (np.ones(512, np.int64), r"not an x-vector of 512 numbers .*int64"),
        (np.full(512, np.nan, np.float32), r"is not a voice"),
        (np.zeros(512, np.float32), r"is not a voice"),
    ],
)
def test_wrong_vector_is_refused(tmp_path: Path, array: NDArray[np.float32], message: str) -> None:
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(ModelLoadError, match=rf"tts\.speaker: .*x\.npy .*{message}"):
        load_speaker(str(tmp_path / "x.npy"), 512)


def test_pickle_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ModelLoadError, match="a pickle can run any code"):
        load_speaker(str(tmp_path / "x.npy"), 512)


@pytest.mark.parametrize("suffix", [".npy", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"not an array", b"\x93NUMPY", b"PK\x03\x04"])
def test_broken_file_is_named(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(ModelLoadError, match=r"tts\.speaker: .* cannot be read"):
        load_speaker(str(path), 512)


def test_several_arrays_in_a_file_are_refused(tmp_path: Path) -> None:
    save_file({"a": vector(), "b": vector()}, tmp_path / "x.safetensors")
    with pytest.raises(ModelLoadError, match="has 2 tensors; one is expected"):
        load_speaker(str(tmp_path / "x.safetensors"), 512)


@pytest.fixture
def arctic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two speakers of the set, with three sentences each, where `marvin models pull` puts them."""
    cache = tmp_path / "datasets--Matthijs--cmu-arctic-xvectors"
    archive = cache / "snapshots/0123/spkrec-xvect.zip"
    archive.parent.mkdir(parents=True)
    (cache / "refs").mkdir()
    (cache / "refs/main").write_text("0123")
    with zipfile.ZipFile(archive, "w") as file:
        for number, speaker in enumerate(("slt", "bdl")):
            for sentence in range(3):
                content = io.BytesIO()
                np.save(content, vector(10 * number + sentence))
                name = f"cmu_us_{speaker}_arctic-wav-arctic_a000{sentence}.npy"
                file.writestr(f"spkrec-xvect/{name}", content.getvalue())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return archive


@pytest.mark.parametrize("name", ["slt", "SLT"])
@pytest.mark.usefixtures("arctic")
def test_speaker_of_the_set_is_the_mean_of_its_sentences(name: str) -> None:
    mean = np.mean([vector(0), vector(1), vector(2)], axis=0)
    assert load_speaker(name, 512) == pytest.approx(mean / np.linalg.norm(mean))


@pytest.mark.usefixtures("arctic")
def test_unknown_speaker_of_the_set_is_named() -> None:
    with pytest.raises(ModelLoadError, match=r"no such speaker \(did you mean 'slt'\?\)"):
        load_speaker("salt", 512)


def test_broken_set_says_how_to_fetch_it_again(arctic: Path) -> None:
    arctic.write_bytes(arctic.read_bytes()[:100])
    with pytest.raises(ModelLoadError, match=r"is broken .*`marvin models pull --repair Matthijs"):
        load_speaker("slt", 512)


def test_set_that_was_not_fetched_says_how_to_fetch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    message = r"tts\.speaker: .*'slt'.*`marvin models pull Matthijs/cmu-arctic-xvectors`"
    with pytest.raises(ModelMissingError, match=message):
        load_speaker("slt", 512)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real x-vectors are not on this machine")
def test_real_speakers_have_unit_length_and_differ() -> None:
    vectors = [load_speaker(str(REAL / name), 512) for name in ("slt", "bdl", "clb", "rms")]
    assert [np.linalg.norm(each) for each in vectors] == pytest.approx([1.0] * 4, abs=1e-3)
    assert max(float(a @ b) for a in vectors for b in vectors if a is not b) < 0.98
