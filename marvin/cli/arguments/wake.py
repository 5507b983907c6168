"""Commands about the microphone and the wake word."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.numeric import at_least, more_than_none, number


def add_wake(add: Adder) -> None:
    """Training a wake word, measuring it, and tuning it to a room."""
    test_mic = add.command(
        "test-mic",
        "test_mic:test_mic",
        "See what the microphone hears, and tune the wake word to the room.",
        "marvin test-mic --calibrate",
    )
    test_mic.add_argument(
        "--input",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="recordings, not the room; with --calibrate: the words said (a short file is one "
        "word, in a longer one each burst of speech is), and last the room",
    )
    test_mic.add_argument("--device", metavar="NAME", help="microphone, instead of audio.input")
    test_mic.add_argument(
        "--seconds", type=more_than_none, metavar="S", help="stop after S seconds"
    )
    test_mic.add_argument(
        "--calibrate",
        action="store_true",
        help="say the wake word ten times, then leave the room as it is: proposes a threshold",
    )
    test_mic.add_argument(
        "--words", type=at_least(1), default=10, metavar="N", help="wake words to say (%(default)s)"
    )
    test_mic.add_argument(
        "--minutes",
        type=more_than_none,
        default=5.0,
        metavar="M",
        help="of room noise (%(default)g)",
    )
    test_mic.add_argument("--yes", action="store_true", help="write the proposed threshold unasked")
    test_mic.add_argument(
        "--record", type=Path, metavar="DIR", help="keep the clips: fit for `wake train`"
    )
    test_mic.add_argument("--json", action="store_true", help="a line of JSON each second")

    wake = add.group("wake", "Train a wake word of your own, and measure one.")
    _add_train(wake)
    _add_eval(wake)


def _add_train(wake: Adder) -> None:
    train = wake.command(
        "train",
        "wake_train:train",
        "Make a wake word model for an English phrase.",
        'marvin wake train "hey computer" --recordings my-voice --negatives my-room',
    )
    train.add_argument(
        "phrase", nargs="+", metavar="PHRASE", help="the wake word, as it is spelled in English"
    )
    folders = {
        "--recordings": "your own recordings of the phrase, three or more",
        "--negatives": "recordings without it: speech, television, the room",
        "--noise": "recordings of noise and music",
        "--rir": "room impulse responses",
    }
    for name, text in folders.items():
        train.add_argument(name, type=Path, nargs="+", default=[], metavar="DIR", help=text)
    train.add_argument("--out", type=Path, metavar="DIR", help="model folder (./PHRASE)")
    train.add_argument(
        "--seed", type=at_least(0), default=1, help="all that is drawn (%(default)s)"
    )
    train.add_argument("--steps", type=at_least(1), metavar="N", help="updates of the weights")
    train.add_argument("--clips", type=at_least(30), metavar="N", help="synthetic clips")
    train.add_argument(
        "--threads", type=at_least(1), default=2, metavar="N", help="cores (%(default)s)"
    )
    train.add_argument(
        "--fresh", action="store_true", help="forget an earlier training, replace its model"
    )
    train.add_argument(
        "--from-scratch",
        action="store_true",
        help="do not begin with what the base model knows about speech: takes hours",
    )


def _add_eval(wake: Adder) -> None:
    evaluate = wake.command(
        "eval",
        "wake_eval:evaluate",
        "Measure a wake word model on recordings, as `marvin run` would hear them.",
        "marvin wake eval ./computer --positives said --negatives not-said --curve curve.png",
    )
    evaluate.add_argument(
        "model", nargs="?", metavar="MODEL", help="model folder or id (that of models.toml)"
    )
    evaluate.add_argument("--label", help="the model's label that wakes (its only one)")
    for name, text in (
        ("--positives", "recordings of the wake word, one in each file"),
        ("--negatives", "recordings without it"),
        ("--noise", "noise that --snr mixes into the positives (white noise)"),
    ):
        evaluate.add_argument(name, type=Path, nargs="+", default=[], metavar="PATH", help=text)
    evaluate.add_argument(
        "--snr",
        type=number,
        nargs="+",
        default=[],
        metavar="DB",
        help="also the positives in noise",
    )
    evaluate.add_argument("--curve", type=Path, metavar="PNG", help="draw the trade-off")
    evaluate.add_argument("--json", action="store_true", help="everything as JSON")
    evaluate.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a key of [wake] to try"
    )
