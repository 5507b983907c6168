"""Arguments of the commands about recordings with questions."""

import argparse

from marvin.cli.arguments.numeric import at_least


def add_model(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--model", required=True, metavar="ID", help=text)


def add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        required=True,
        metavar="DATA",
        help="folder with audio files and a JSON lines file (audio, question, answer, category), "
        "or a data set of the Hugging Face Hub",
    )
    command.add_argument("--subset", metavar="NAME", help="configuration of the data set")
    command.add_argument("--split", default="train", metavar="NAME", help="(%(default)s)")
    command.add_argument(
        "--columns",
        nargs="+",
        default=[],
        metavar="KEY=NAME",
        help="other names for audio, question, answer or category",
    )
    command.add_argument(
        "--question",
        action="append",
        default=[],
        metavar="[CATEGORY=]TEXT",
        help="what to ask where the data have no question",
    )
    command.add_argument(
        "--skip-bad", action="store_true", help="name unusable examples and go on without them"
    )


def add_running(command: argparse.ArgumentParser, *, batch: int) -> None:
    command.add_argument(
        "--batch",
        type=at_least(1),
        default=batch,
        metavar="N",
        help="examples at once (%(default)s)",
    )
    command.add_argument("--device", default="auto", help="cpu, cuda:0, mps (default: the fastest)")
    command.add_argument(
        "--dtype",
        choices=("auto", "float32", "bfloat16"),
        default="auto",
        help="number format (default: bfloat16 on CUDA)",
    )
