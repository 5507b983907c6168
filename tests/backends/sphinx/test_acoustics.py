"""The acoustic model computes the same features and scores as pocketsphinx."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from marvin.backends.sphinx.acoustics import STATES, AcousticModel
from marvin.backends.sphinx.cepstra import cepstra, with_slopes
from marvin.backends.sphinx.decoder import model_folder
from marvin.backends.sphinx.dictionary import look_up
from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ


@pytest.fixture(scope="module")
def model() -> AcousticModel:
    return AcousticModel()


@pytest.fixture(scope="module")
def pcm() -> bytes:
    """A second of sound that is neither silent nor steady: a rising hum with hiss."""
    random = np.random.default_rng(2)
    at = np.arange(RATE_HZ) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * k * (110 + 40 * at) * at) / k for k in range(1, 20))
    sound = 2000 * hum * np.abs(np.sin(5 * at)) + random.normal(0, 200, RATE_HZ)
    return bytes(sound.astype("<i2").tobytes())


@pytest.fixture(scope="module")
def logged(pcm: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decoder's log: features, and the scores of all senones."""
    import pocketsphinx

    folder = tmp_path_factory.mktemp("decoder")
    decoder = pocketsphinx.Decoder(
        hmm=str(model_folder() / "en-us"), dict=None, lm=None, loglevel="FATAL",
        allphone=str(model_folder() / "en-us-phone.lm.bin"),
        compallsen=True, mfclogdir=str(folder), senlogdir=str(folder),
    )  # fmt: skip
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    return folder


def features(pcm: bytes) -> NDArray[np.float64]:
    return cepstra(np.frombuffer(pcm, "<i2").astype(np.float64))


def test_features_are_those_of_the_decoder(pcm: bytes, logged: Path) -> None:
    written = next(logged.glob("*.mfc")).read_bytes()[4:]
    theirs = np.frombuffer(written, ">f4").reshape(-1, 13)
    ours = features(pcm)
    assert len(theirs) - len(ours) in (0, 1)  # The decoder pads the last, shorter frame.
    np.testing.assert_allclose(ours, theirs[: len(ours)], atol=0.1)


def test_dry_features_lose_the_late_reverberation_and_keep_the_sound() -> None:
    at = np.arange(RATE_HZ // 2) / RATE_HZ
    noise = np.random.default_rng(3).normal(0, 1000, len(at))
    tail = np.where(at < 0.1, 1.0, 10 ** (-3 * (at - 0.1) / 0.6))
    recorded, dry = cepstra(noise * tail), cepstra(noise * tail, dry=True)
    assert np.array_equal(recorded[:4], dry[:4]), "nothing was before them"
    lost = (recorded - dry)[:, 0]
    assert lost[15:30].mean() > 2 * lost[:10].mean() > 0.0


def test_dry_features_of_few_frames_are_the_same() -> None:
    short = np.random.default_rng(3).normal(0, 1000, 410 + 3 * 160)
    assert np.array_equal(cepstra(short), cepstra(short, dry=True))


def test_scores_are_those_of_the_decoder(model: AcousticModel, pcm: bytes, logged: Path) -> None:
    written = next(logged.glob("*.sen")).read_bytes()
    written = written[written.index(b"endhdr\n") + 11 :]
    ours = features(pcm)
    frames = np.frombuffer(written, "<i2").reshape(len(ours) + 1, -1)[:-1, 1:]
    theirs = -frames.astype(float) * 1024 * np.log(1.0001)
    centred = with_slopes(ours - ours.mean(axis=0))
    everything = np.arange(frames.shape[1])
    scores = model.scores(model.densities(centred), everything).astype(float)
    scores -= scores.max(axis=1, keepdims=True)
    # It only evaluates the nearest Gaussians, and rounds.
    assert np.corrcoef(scores.ravel(), theirs.ravel())[0, 1] > 0.9
    assert np.median(np.abs(scores - theirs)) < 3


def test_phone_depends_on_its_neighbours(model: AcousticModel) -> None:
    assert len(model.senones(["M", "AA", "R", "V", "IH", "N"])) == 6 * STATES
    before_r, before_n = model.senones(["AA", "R"])[:STATES], model.senones(["AA", "N"])[:STATES]
    assert not np.array_equal(before_r, before_n)


def test_unseen_context_falls_back_to_the_phone_alone(model: AcousticModel) -> None:
    alone = model.alone()[model.phones.index("ZH")]
    assert np.array_equal(model.senones(["ZH", "ZH", "ZH"])[STATES : 2 * STATES], alone)


def test_long_vowels_take_longer_than_short_ones(model: AcousticModel) -> None:
    assert model.mean_frames["OY"] > 2 * model.mean_frames["AH"]


def test_broken_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en-us").mkdir()
    (tmp_path / "en-us" / "mdef").write_bytes(b"BMDF\1\0\0\0")
    monkeypatch.setattr("marvin.backends.sphinx.acoustics.model_folder", lambda: tmp_path)
    with pytest.raises(ModelLoadError, match="reinstall pocketsphinx"):
        AcousticModel()


def test_dictionary_has_several_pronunciations_of_a_word() -> None:
    found = look_up(["tomato", "the", "zxqvw"])
    assert found["tomato"] == ["T AH M EY T OW", "T AH M AA T OW"]
    assert len(found["the"]) > 1
    assert "zxqvw" not in found
