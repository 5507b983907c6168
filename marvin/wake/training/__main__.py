"""Command line of the training: `python -m marvin.wake.training --phrase marvin --out DIR`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from marvin.errors import MarvinError, ModelLoadError
from marvin.types import Samples
from marvin.wake.features import frame_count
from marvin.wake.training.augment import Sounds
from marvin.wake.training.card import model_card
from marvin.wake.training.corpus import (
    Corpus,
    read_audio,
    split_by_speaker,
    synthesize,
    synthesize_words,
)
from marvin.wake.training.held_out import HeldOut, Verdict, mine
from marvin.wake.training.recipe import Recipe
from marvin.wake.training.texts import vocabulary
from marvin.wake.training.train import Trainer
from marvin.wake.training.windows import Windows, measure


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says and write the model's folder. Returns the exit code."""
    args = _parser().parse_args(arguments)
    try:
        train(args)
    except MarvinError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def train(args: argparse.Namespace) -> None:
    """Raises ModelLoadError when no synthesiser is installed or a folder is missing."""
    import torch

    for folder in (*args.negatives, *args.noise, *args.rir):
        if not folder.exists():
            raise ModelLoadError(f"{folder}: no such folder of recordings")
    recipe = Recipe(
        phrase=args.phrase, steps=args.steps, batch=args.batch, seed=args.seed, layers=args.layers,
        hidden=args.hidden, mel_bins=args.mel_bins, learning_rate=args.learning_rate,
        evaluate_every=args.evaluate_every, workers=args.workers,
    )  # fmt: skip
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    sys.stdout.write("speaking the training material\n")
    held_out, corpus = (
        synthesize(
            args.phrase, clips, args.seed, held_out=kept, cache=args.cache, jobs=args.threads
        )
        for clips, kept in ((max(60, args.clips // 10), True), (args.clips, False))
    )
    speech, kept_speech = split_by_speaker(read_audio(args.negatives))
    sounds = Sounds(
        speech,
        [samples for _, samples in read_audio(args.noise)],
        [samples for _, samples in read_audio(args.rir, first_channel=True)],
    )
    words = synthesize_words(
        vocabulary(args.phrase, recipe.vocabulary), args.clips // 2, args.seed,
        cache=args.cache, jobs=args.threads,
    )  # fmt: skip
    windows = Windows(recipe, corpus, sounds, words)
    settings = measure(windows, frame_count(recipe.window_samples))
    state = args.out / f"training-{args.phrase}-{args.seed}.pt"
    trainer = Trainer(recipe, windows, settings, state)
    if args.start_from:
        model = trainer.start_from(args.start_from)
        hard = mine(model, settings, recipe, [*sounds.speech, *sounds.noise])
        sys.stdout.write(f"{len(hard)} places in the recordings are hard\n")
        windows.use(replace(sounds, hard=hard))
    verdict = trainer.run(HeldOut(recipe, held_out, kept_speech))
    _save(args.out, trainer, recipe, verdict)
    card = model_card(recipe, verdict, _amounts(corpus, sounds))
    (args.out / "README.md").write_text(card, encoding="utf-8")
    sys.stdout.write(f"wrote {args.out}\n")


def _save(folder: Path, trainer: Trainer, recipe: Recipe, verdict: Verdict) -> None:
    trainer.averaged.save_pretrained(folder)
    settings = trainer.settings
    preprocessor = {
        "feature_extractor_type": "ASTFeatureExtractor",
        "sampling_rate": 16_000,
        "num_mel_bins": settings.num_mel_bins,
        "max_length": settings.max_length,
        "do_normalize": settings.do_normalize,
        "mean": settings.mean,
        "std": settings.std,
        "padding_value": 0.0,
        "feature_size": 1,
        "return_attention_mask": False,
    }
    text = json.dumps(preprocessor, indent=2) + "\n"
    (folder / "preprocessor_config.json").write_text(text, encoding="utf-8")


def _amounts(corpus: Corpus, sounds: Sounds) -> dict[str, str]:
    def minutes(pieces: Sequence[Samples]) -> str:
        return f"{len(pieces)}, {sum(map(len, pieces)) / 16_000 / 60:.0f} min"

    return {
        "synthetic clips with the phrase": minutes([c.samples for c in corpus.positives]),
        "synthetic clips of similar words": minutes([c.samples for c in corpus.near]),
        "other synthetic speech": minutes([c.samples for c in corpus.others]),
        "recordings of speech without the phrase": minutes(sounds.speech),
        "recordings of noise and music": minutes(sounds.noise),
        "room impulse responses": minutes(sounds.rooms),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m marvin.wake.training", description=__doc__)
    add = parser.add_argument
    add("--phrase", required=True, help="the wake word, as it is spelled in English")
    add("--out", type=Path, required=True, help="folder for the finished model")
    add("--negatives", type=Path, nargs="*", default=[], help="folders of speech without it")
    add("--noise", type=Path, nargs="*", default=[], help="folders of noise and music")
    add("--rir", type=Path, nargs="*", default=[], help="folders of room impulse responses")
    add("--steps", type=int, default=6000, help="updates of the weights (%(default)s)")
    add("--batch", type=int, default=64, help="windows an update (%(default)s)")
    add("--clips", type=int, default=15_000, help="synthetic clips (%(default)s)")
    add("--hidden", type=int, default=96, help="width of the model (%(default)s)")
    add("--mel-bins", type=int, default=40, help="mel bands (%(default)s)")
    add("--learning-rate", type=float, default=1.5e-3, help="its peak (%(default)s)")
    add("--layers", type=int, default=4, help="depth of the model (%(default)s)")
    add(
        "--start-from",
        type=Path,
        help="finished model to go on with: learns most from its own mistakes",
    )
    add("--seed", type=int, default=1, help="everything drawn follows from it (%(default)s)")
    add("--cache", type=Path, help="folder for speech and the state, to take a training up again")
    add("--threads", type=int, default=1, help="threads of the model (%(default)s)")
    add("--workers", type=int, default=2, help="processes that make windows (%(default)s)")
    add("--evaluate-every", type=int, default=500, help="steps between saves (%(default)s)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
