"""Features and embeddings, compared with the numbers of SpeechBrain 1.0.3 on the same weights."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.speaker_id import EcapaConfig
from marvin.errors import ModelLoadError, ModelMissingError
from marvin.speaker_id.ecapa.ecapa_encoder import EcapaEncoder
from marvin.speaker_id.ecapa.filter_banks import filter_banks
from marvin.types import Samples
from tests.published import published


def sweep() -> Samples:
    """1.5 s of a rising tone and a pulsing one."""
    at = np.arange(24_000) / 16_000
    rising = 0.2 * np.sin(2 * np.pi * (150 * at + 200 * at**2))
    pulsing = 0.1 * np.sin(2 * np.pi * 1210 * at) * np.sin(2 * np.pi * 3 * at) ** 2
    return np.asarray(rising + pulsing, np.float32)


def test_filter_banks_are_those_of_the_training() -> None:
    features = filter_banks(sweep())
    assert features.shape == (151, 80)
    assert features.dtype == np.float32
    wanted = [
        [39.2066, 16.6427, 2.2370, -0.2909],
        [-5.8649, 11.8315, 4.1993, 6.3033],
        [-12.1689, -11.3196, 3.9942, 5.8967],
    ]
    np.testing.assert_allclose(features[np.ix_([0, 50, 100], [0, 10, 40, 79])], wanted, atol=0.005)


def test_level_does_not_matter() -> None:
    np.testing.assert_allclose(filter_banks(sweep() * 0.1), filter_banks(sweep()), atol=0.01)


@pytest.fixture(scope="module")
def encoder() -> EcapaEncoder:
    return EcapaEncoder.load(EcapaConfig(model=str(published("ecapa"))))


def test_embedding_is_that_of_the_original_network(encoder: EcapaEncoder) -> None:
    embedding = encoder.embed(sweep(), CancelToken())
    assert embedding.shape == (192,)
    assert np.linalg.norm(embedding) == pytest.approx(1.0)
    wanted = [0.1049, 0.02771, 0.00923, 0.0440, -0.0201, 0.01862, 0.04508, 0.00201]
    np.testing.assert_allclose(embedding[:8], wanted, atol=2e-4)


def test_cancelled_call_ends(encoder: EcapaEncoder) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        encoder.embed(sweep(), token)


def test_model_that_was_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(ModelMissingError) as raised:
        EcapaEncoder.load(EcapaConfig(model="someone/no-such-network"))
    assert "`marvin models pull someone/no-such-network` fetches it" in str(raised.value)
    assert "embedded" not in str(raised.value)


@pytest.mark.parametrize("what", ["missing", "damaged", "another"])
def test_folder_without_the_network(tmp_path: Path, what: str) -> None:
    if what == "damaged":
        (tmp_path / "model.safetensors").write_bytes(b"\x08" + bytes(20))
    elif what == "another":
        save_file({"encoder.weight": np.zeros(3, np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelLoadError, match="does not hold an ECAPA-TDNN") as raised:
        EcapaEncoder.load(EcapaConfig(model=str(tmp_path)))
    assert "speaker_id.model" in str(raised.value)


def test_truncated_weights(tmp_path: Path) -> None:
    shutil.copytree(published("ecapa"), tmp_path / "ecapa")
    weights = tmp_path / "ecapa" / "model.safetensors"
    weights.chmod(0o600)
    with weights.open("r+b") as file:
        file.truncate(1_000_000)
    with pytest.raises(ModelLoadError, match="does not hold an ECAPA-TDNN"):
        EcapaEncoder.load(EcapaConfig(model=str(tmp_path / "ecapa")))
