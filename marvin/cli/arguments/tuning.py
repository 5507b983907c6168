"""Arguments of tune."""

import argparse
from pathlib import Path

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.examples import add_data, add_model, add_running
from marvin.cli.arguments.numeric import at_least, more_than_none


def add_tune(add: Adder) -> None:
    tune = add.group("tune", "Fine-tune models on your own recordings.")
    _add_audio_llm(tune)
    _add_merge(tune)


def _add_audio_llm(tune: Adder) -> None:
    llm = tune.command(
        "audio-llm",
        "tune:audio_llm",
        "Fine-tune an audio language model with LoRA.",
        "marvin tune audio-llm --model mistralai/Voxtral-Mini-3B-2507 --data my-questions",
    )
    add_model(llm, "model id or model folder")
    add_data(llm)
    llm.add_argument(
        "--task",
        choices=("qa", "caption"),
        default="qa",
        help="answer questions, or describe (%(default)s)",
    )
    llm.add_argument(
        "--out", type=Path, metavar="DIR", help="adapter folder (default: runs/MODEL-TASK)"
    )
    llm.add_argument("--eval-data", metavar="DATA", help="evaluate on these, not on a part of DATA")
    llm.add_argument(
        "--held-out",
        type=at_least(0),
        metavar="N",
        help="keep N examples of DATA for evaluation (default: a tenth, 100 at most)",
    )
    _add_schedule(llm)
    add_running(llm, batch=4)
    llm.add_argument(
        "--fresh", action="store_true", help="discard an earlier training in the adapter folder"
    )


def _add_schedule(llm: argparse.ArgumentParser) -> None:
    llm.add_argument(
        "--max-steps", type=at_least(1), metavar="N", help="steps (default: 3 passes, or 500)"
    )
    llm.add_argument(
        "--eval-every", type=at_least(1), metavar="N", help="steps between evaluations"
    )
    llm.add_argument(
        "--save-every", type=at_least(1), metavar="N", help="steps between checkpoints"
    )
    llm.add_argument(
        "--accumulate",
        type=at_least(1),
        default=4,
        metavar="N",
        help="batches per step (%(default)s)",
    )
    llm.add_argument(
        "--rank", type=at_least(1), default=16, metavar="N", help="LoRA's rank (%(default)s)"
    )
    llm.add_argument(
        "--learning-rate", type=more_than_none, default=1e-4, metavar="X", help="(%(default)s)"
    )
    llm.add_argument(
        "--no-checkpointing",
        action="store_true",
        help="keep all activations: faster, but needs more memory",
    )
    llm.add_argument("--seed", type=at_least(0), default=1, help="random seed (%(default)s)")


def _add_merge(tune: Adder) -> None:
    merge = tune.command(
        "merge",
        "tune:merge",
        "Merge an adapter into its model, so that it needs no PEFT.",
        "marvin tune merge runs/my-model-qa --out my-model",
    )
    merge.add_argument("adapter", type=Path, metavar="ADAPTER", help="adapter folder")
    merge.add_argument("--model", metavar="ID", help="the model, if it is elsewhere now")
    merge.add_argument("--out", type=Path, required=True, metavar="DIR", help="model folder")
    merge.add_argument(
        "--dtype", choices=("auto", "float32", "bfloat16"), default="auto", help="of the weights"
    )
