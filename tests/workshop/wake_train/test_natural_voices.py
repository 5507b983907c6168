"""Recordings in Kokoro's voices."""

import random
import sys
from pathlib import Path

import numpy as np
import pytest

from marvin.types import RATE_HZ
from marvin.workshop.wake_train import natural_voices
from marvin.workshop.wake_train.natural_voices import HELD_OUT, english_voices, similar_by


def test_voices_of_the_evaluation_are_never_trained_on(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    for name in (*HELD_OUT, "af_heart", "bm_george", "af_nicole", "ff_siwis", "zm_yunxi"):
        (tmp_path / "voices" / f"{name}.bin").touch()
    assert english_voices(tmp_path) == ["af_heart", "bm_george"]
    assert english_voices(tmp_path, held_out=True) == sorted(HELD_OUT)


def test_similar_words_are_one_recording_with_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def spoken(_: Path, __: str, ___: float, texts: list[str]) -> list[np.ndarray]:
        said.extend(texts)
        return [np.full(RATE_HZ, 0.5, np.float32)] * len(texts)

    monkeypatch.setattr(natural_voices, "spoken", spoken)
    samples = similar_by(tmp_path, "af_heart", "gizmo", random.Random(1))
    assert len(samples) == len(said) * round(1.3 * RATE_HZ)
    assert not any("gizmo" in text.lower() for text in said)
    assert len(set(said)) > len(said) / 2


def test_folder_without_voices_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["natural_voices", "gizmo", "--kokoro", str(tmp_path), "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", given)
    with pytest.raises(SystemExit):
        natural_voices.main()
    assert "marvin models pull hexgrad/Kokoro-82M" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
