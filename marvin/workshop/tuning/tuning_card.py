"""The model card of an adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marvin import __version__
from marvin.hub.source import is_folder
from marvin.workshop.tuning.lora import Sizes
from marvin.workshop.tuning.tuning_request import TuningRequest


@dataclass(frozen=True, slots=True)
class TuningFigures:
    sizes: Sizes
    steps: int
    measure: str
    held_out: int
    evaluations: Sequence[Mapping[str, float]]
    """As Trainer logged them."""


def tuning_card(request: TuningRequest, figures: TuningFigures) -> str:
    """Names no folder of this machine, as cards are made to be shared."""
    base = "a local model" if is_folder(request.model) else request.model
    data = "a local folder" if is_folder(request.data.name) else request.data.name
    header = ["---", "library_name: peft", "pipeline_tag: audio-text-to-text"]
    if not is_folder(request.model):
        header.append(f"base_model: {request.model}")
    if not is_folder(request.data.name):
        header += ["datasets:", f"- {request.data.name}"]
    task = "to answer questions about recordings" if request.task == "qa" else "to describe sounds"
    lines = [
        *(*header, "---", ""),
        f"# {base}, fine-tuned {task}",
        "",
        f"A LoRA adapter (rank {request.rank}) for the language model's attention and feed-forward "
        f"layers: {figures.sizes.trained:,} of {figures.sizes.all:,} weights "
        f"({100 * figures.sizes.share:.2f} %). The audio encoder is unchanged. Made by Marvin "
        f"{__version__} with `marvin tune audio-llm`.",
        "",
        f"- Data: {data}, split `{request.data.split}`",
        f"- {figures.steps} steps of {request.batch * request.accumulate} examples, learning rate "
        f"{request.learning_rate:g}, seed {request.seed}",
        "",
        *_evaluation(figures),
        "",
        "## Use",
        "",
        "```sh",
        "marvin eval qa --model THIS-FOLDER --data YOUR-QUESTIONS",
        "marvin tune merge THIS-FOLDER --out MODEL-FOLDER",
        "```",
        "",
        "The licence of the model that it was trained from applies, too.",
        "",
    ]
    return "\n".join(lines)


def _evaluation(figures: TuningFigures) -> list[str]:
    if not figures.evaluations:
        return ["It was evaluated on nothing."]
    rows = [
        f"| {one['step']:.0f} | {100 * one['eval_score']:.1f} % | {one['eval_loss']:.3f} |"
        for one in figures.evaluations
    ]
    return [
        f"On {figures.held_out} examples that were held out from training:",
        "",
        f"| step | {figures.measure} | loss |",
        "|---|---|---|",
        *rows,
    ]
