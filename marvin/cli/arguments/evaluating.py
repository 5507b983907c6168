"""Arguments of eval."""

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.examples import add_data, add_model, add_running
from marvin.cli.arguments.numeric import at_least


def add_eval(add: Adder) -> None:
    evaluate = add.group("eval", "Measure how good a model is on your own recordings.")
    _add_qa(evaluate)


def _add_qa(evaluate: Adder) -> None:
    qa = evaluate.command(
        "qa",
        "eval_qa:evaluate",
        "Count the questions about recordings that an audio language model answers exactly.",
        "marvin eval qa --model mistralai/Voxtral-Mini-3B-2507 --data my-questions",
    )
    add_model(qa, "model id, model folder, or folder of an adapter")
    add_data(qa)
    qa.add_argument("--limit", type=at_least(1), metavar="N", help="only the first N examples")
    qa.add_argument(
        "--tokens",
        type=at_least(1),
        default=64,
        metavar="N",
        help="tokens of an answer at most (%(default)s)",
    )
    add_running(qa, batch=1)
    qa.add_argument("--json", action="store_true", help="print JSON")
