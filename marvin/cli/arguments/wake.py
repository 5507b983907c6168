"""Arguments of test-mic and wake."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.numeric import at_least, more_than_none, number


def add_wake(add: Adder) -> None:
    test_mic = add.command(
        "test-mic",
        "test_mic:test_mic",
        "Show microphone levels and wake word scores, and calibrate the threshold.",
        "marvin test-mic --calibrate",
    )
    test_mic.add_argument(
        "--input",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="recordings instead of the microphone; with --calibrate: wake words (a short file is "
        "one word, a longer one is split at pauses), then the room",
    )
    test_mic.add_argument("--device", metavar="NAME", help="microphone (default: audio.input)")
    test_mic.add_argument(
        "--seconds", type=more_than_none, metavar="S", help="stop after S seconds"
    )
    test_mic.add_argument(
        "--calibrate",
        action="store_true",
        help="propose a threshold: say the wake word ten times, then let the room be heard",
    )
    test_mic.add_argument(
        "--words", type=at_least(1), default=10, metavar="N", help="words to say (%(default)s)"
    )
    test_mic.add_argument(
        "--minutes",
        type=more_than_none,
        default=5.0,
        metavar="M",
        help="minutes of the room (%(default)g)",
    )
    test_mic.add_argument("--yes", action="store_true", help="write the threshold without asking")
    test_mic.add_argument("--record", type=Path, metavar="DIR", help="keep clips for `wake train`")
    test_mic.add_argument("--json", action="store_true", help="print JSON, one object per second")

    wake = add.group("wake", "Train and evaluate wake word models.")
    _add_train(wake)
    _add_eval(wake)


def _add_train(wake: Adder) -> None:
    train = wake.command(
        "train",
        "wake_train:train",
        "Train a wake word model for an English phrase.",
        'marvin wake train "hey computer" --recordings my-voice --negatives my-room',
    )
    train.add_argument(
        "phrase", nargs="+", metavar="PHRASE", help="the wake word, in English spelling"
    )
    folders = {
        "--recordings": "three or more recordings of the phrase by you",
        "--negatives": "recordings without the phrase: speech, television, the room",
        "--noise": "recordings of noise and music",
        "--rir": "room impulse responses",
    }
    for name, text in folders.items():
        train.add_argument(name, type=Path, nargs="+", default=[], metavar="DIR", help=text)
    train.add_argument("--out", type=Path, metavar="DIR", help="model folder (default: ./PHRASE)")
    train.add_argument(
        "--seed", type=at_least(0), default=1, help="random seed (default: %(default)s)"
    )
    train.add_argument("--steps", type=at_least(1), metavar="N", help="number of training steps")
    train.add_argument("--clips", type=at_least(30), metavar="N", help="number of synthetic clips")
    train.add_argument(
        "--threads",
        type=at_least(1),
        default=2,
        metavar="N",
        help="number of threads (default: %(default)s)",
    )
    train.add_argument(
        "--fresh", action="store_true", help="discard an earlier training and replace its model"
    )
    beginning = train.add_mutually_exclusive_group()
    beginning.add_argument(
        "--base",
        type=Path,
        metavar="DIR",
        help="train this model further instead of starting from the base model",
    )
    beginning.add_argument(
        "--from-scratch",
        action="store_true",
        help="train all weights instead of starting from the base model: takes hours",
    )


def _add_eval(wake: Adder) -> None:
    evaluate = wake.command(
        "eval",
        "wake_eval:evaluate",
        "Evaluate a wake word model on recordings, heard as `marvin run` hears them.",
        "marvin wake eval ./computer --positives said --negatives not-said --curve curve.png",
    )
    evaluate.add_argument(
        "model", nargs="?", metavar="MODEL", help="model folder or id (default: wake.model)"
    )
    evaluate.add_argument("--label", help="the model's wake word label (default: its only one)")
    for name, text in (
        ("--positives", "recordings of the wake word, one per file"),
        ("--negatives", "recordings without the wake word"),
        ("--noise", "noise for --snr (default: white noise)"),
    ):
        evaluate.add_argument(name, type=Path, nargs="+", default=[], metavar="PATH", help=text)
    evaluate.add_argument(
        "--snr",
        type=number,
        nargs="+",
        default=[],
        metavar="DB",
        help="also test the positives in noise at these signal-to-noise ratios, in dB",
    )
    evaluate.add_argument(
        "--rooms",
        type=Path,
        nargs="*",
        metavar="PATH",
        help="also test the positives in rooms, with --snr in noise too: measured impulse "
        "responses, or simulated rooms without PATH",
    )
    evaluate.add_argument(
        "--curve", type=Path, metavar="PNG", help="plot misses against false accepts"
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON")
    evaluate.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a key of [wake]"
    )
