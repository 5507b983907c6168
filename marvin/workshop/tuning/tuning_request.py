"""What to fine-tune, on what and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from marvin.workshop.audio_questions.opening import DataRequest


@dataclass(frozen=True, slots=True)
class TuningRequest:
    model: str
    data: DataRequest
    out: Path
    evaluation: DataRequest | None = None
    """Evaluate on these, rather than on a part of `data`."""
    task: str = "qa"
    held_out: int | None = None
    """Examples of `data` to evaluate on; None: a tenth."""
    max_steps: int | None = None
    eval_every: int | None = None
    save_every: int | None = None
    batch: int = 4
    accumulate: int = 4
    rank: int = 16
    learning_rate: float = 1e-4
    recompute: bool = True
    """Activations, instead of keeping them: slower, with less memory."""
    seed: int = 1
    device: str = "auto"
    dtype: str = "auto"
    skip_bad: bool = False
    fresh: bool = False

    def decides(self) -> dict[str, object]:
        """What must be the same to go on with an earlier training."""
        data, columns = self.data, self.data.columns
        return {
            "--model": self.model,
            "--data": data.name,
            "--subset": data.subset,
            "--split": data.split,
            "--columns": dict(columns.names),
            "--question": dict(columns.questions),
            "--eval-data": None if self.evaluation is None else self.evaluation.name,
            "--task": self.task,
            "--held-out": self.held_out,
            "--max-steps": self.max_steps,
            "--batch": self.batch,
            "--accumulate": self.accumulate,
            "--rank": self.rank,
            "--learning-rate": self.learning_rate,
            "--seed": self.seed,
            "--dtype": self.dtype,
            "--skip-bad": self.skip_bad,
        }
