"""A tiny model, a few questions about recordings, and a short training."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from marvin.workshop.audio_questions.example import BadExamples
from marvin.workshop.audio_questions.opening import DataRequest
from marvin.workshop.tuning.audio_tuning import prepare, run
from marvin.workshop.tuning.tuning_request import TuningRequest
from marvin.workshop.wake_train.progress import Progress, Report
from tests.checkpoints.short_windows import make_short_windows
from tests.paths import SAMPLES

ANSWERS = ("yes", "no", "a quarter to twelve", "yes", "no", "noon")


def stop() -> BadExamples:
    return BadExamples(skip=False, tell=pytest.fail)


def ignore(_: Progress) -> None:
    pass


@dataclass(frozen=True)
class Runs:
    """Trains in folders of its own."""

    model: Path
    data: Path

    def request(self, out: Path, **values: Any) -> TuningRequest:
        usual: dict[str, Any] = {
            "batch": 2,
            "accumulate": 1,
            "max_steps": 3,
            "held_out": 0,
            "rank": 2,
        }
        usual |= {"learning_rate": 0.01, "save_every": 1, "device": "cpu"}
        return TuningRequest(str(self.model), DataRequest(str(self.data)), out, **usual | values)

    def train(self, request: TuningRequest, report: Report = ignore) -> bool:
        return run(prepare(request, stop()), report)


@pytest.fixture(scope="session")
def audio_flamingo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_short_windows(tmp_path_factory.mktemp("audio-flamingo"))


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("questions")
    recordings = sorted(SAMPLES.glob("*.wav"))[: len(ANSWERS)]
    rows = []
    for recording, answer in zip(recordings, ANSWERS, strict=True):
        shutil.copy(recording, folder)
        rows.append({"audio": recording.name, "question": "Well?", "answer": answer})
    (folder / "data.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(scope="session")
def runs(audio_flamingo: Path, questions: Path) -> Runs:
    for package in ("peft", "accelerate", "sacrebleu"):
        pytest.importorskip(package)
    return Runs(audio_flamingo, questions)


@pytest.fixture(scope="session")
def finished(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter of an undisturbed training."""
    out = tmp_path_factory.mktemp("runs") / "undisturbed"
    assert runs.train(runs.request(out))
    return out
