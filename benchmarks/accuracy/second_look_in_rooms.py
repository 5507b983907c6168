"""How well the second look tells real wake words from other speech, clean and in rooms.

    python -m benchmarks.accuracy.second_look_in_rooms --data DATA
        [--against margin=0.161 fit=0.444 ...]

Without the first look: each recording of a word is judged at the end of the word, as it is, in a
simulated room (none of them was used to fit the second look), and there with the babble of three
people 15 dB below. Other speech is judged twice a second. Thresholds are those at which equal
shares of the other windows pass; 95 % intervals from resampled recordings and windows. Compared
with the same windows as recorded only, or, with `--against`, with other weights.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.acoustics import AcousticModel
from marvin.types import RATE_HZ, Samples
from marvin.wake.phone_evidence import NAMES, PhonePhrase, Sound, hear_both
from marvin.wake.verifier import HEARD_SAMPLES, WEIGHTS, pronunciations
from marvin.workshop.wake_eval.rooms import simulated_rooms
from marvin.workshop.wake_eval.speech import in_noise, word_end
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.room_acoustics import in_room

Rows = NDArray[np.float64]

WORDS = {"jarvis": "picovoice_jarvis", "athena": "mycroft_athena", "snowboy": "picovoice_snowboy"}
_IPA = {"snowboy": "sn\u02c8o\u028ab\u0254\u026a"}
"""Of words that are not in the dictionary."""
_OTHER = "speech-en/librispeech_test_other"
_SHARES = (0.001, 0.003, 0.01, 0.03)
"""Shares of the other windows that pass."""
_SEED = 1
_LOOK_S = 0.2
"""From the end of a word to the second look."""
_BABBLE_DB = 15.0
_SPEAKERS, _BABBLERS = 3, 10
_ROOM_NOISE = 3e-4
_DRAWS = 1_000
_CONDITIONS = ("clean", "rooms", "rooms, babble")


def said(data: Path, word: str, phrase: PhonePhrase, model: AcousticModel) -> dict[str, Rows]:
    """Evidence of each recording of the word, by condition."""
    rng, rooms = np.random.default_rng(_SEED), simulated_rooms(_SEED)
    voices = [read_file(path) for path in _others(data)[:_BABBLERS]]
    found: dict[str, list[Rows]] = {name: [] for name in _CONDITIONS}
    for turn, path in enumerate(audio_files([data / "wake/other" / WORDS[word]]).files):
        clip = read_file(path)
        heard = in_room(clip, rooms[turn % len(rooms)])
        for name, sound in zip(
            _CONDITIONS,
            (clip, heard, in_noise(heard, _babble(voices, len(heard), rng), _BABBLE_DB)),
            strict=True,
        ):
            row = _row(phrase, hear_both(model, _window(sound, word_end(clip), rng)))
            found[name].append(np.full(2 * len(NAMES), -np.inf) if row is None else row)
    return {name: np.array(rows) for name, rows in found.items()}


def other(data: Path, phrases: Mapping[str, PhonePhrase], model: AcousticModel) -> dict[str, Rows]:
    """Evidence for each phrase in other speech, twice a second."""
    found: dict[str, list[Rows]] = {word: [] for word in phrases}
    for path in _others(data):
        speech = read_file(path)
        for end in range(HEARD_SAMPLES, len(speech), RATE_HZ // 2):
            sounds = hear_both(model, speech[end - HEARD_SAMPLES : end])
            for word, phrase in phrases.items():
                row = _row(phrase, sounds)
                if row is not None:
                    found[word].append(row)
    return {word: np.array(rows) for word, rows in found.items()}


def _others(data: Path) -> list[Path]:
    return audio_files([data / _OTHER]).files


def _babble(voices: list[Samples], length: int, rng: np.random.Generator) -> Samples:
    parts = [
        np.resize(
            np.roll(voices[int(rng.integers(len(voices)))], int(rng.integers(length))), length
        )
        for _ in range(_SPEAKERS)
    ]
    return np.asarray(np.sum(parts, axis=0), np.float32)


def _window(sound: Samples, end: int, rng: np.random.Generator) -> Samples:
    stop = end + round(_LOOK_S * RATE_HZ)
    window = np.pad(sound, (HEARD_SAMPLES, RATE_HZ))[stop : stop + HEARD_SAMPLES]
    return np.asarray(window + _ROOM_NOISE * rng.standard_normal(HEARD_SAMPLES), np.float32)


def _row(phrase: PhonePhrase, sounds: list[Sound | None]) -> Rows | None:
    """The evidence in both ways of hearing, and that of the first, as recorded."""
    both, recorded = phrase.evidence(sounds), phrase.evidence(sounds[:1])
    return None if both is None or recorded is None else np.concatenate((both, recorded))


def missed(said: Rows, others: Rows, share: float) -> NDArray[np.bool_]:
    """Which recordings are below the threshold that a share of the others passes."""
    return said < np.quantile(others, 1 - share)


def line(said: Mapping[str, Rows], others: Mapping[str, Rows], share: float) -> str:
    """Misses of all words by two rules, the last axis, and their difference with its interval."""
    rng = np.random.default_rng(_SEED)
    counts = [
        sum(missed(said[w][:, r], others[w][:, r], share).sum() for w in said) for r in (0, 1)
    ]
    drawn = []
    for _ in range(_DRAWS):
        more = 0
        for word, scores in said.items():
            s = scores[rng.integers(len(scores), size=len(scores))]
            o = others[word][rng.integers(len(others[word]), size=len(others[word]))]
            more += int(missed(s[:, 0], o[:, 0], share).sum())
            more -= int(missed(s[:, 1], o[:, 1], share).sum())
        drawn.append(more)
    low, high = np.quantile(drawn, (0.025, 0.975))
    of = sum(map(len, said.values()))
    return (
        f"{counts[0]} of {of}, against {counts[1]}: "
        f"{counts[0] - counts[1]:+d} ({low:+.0f} to {high:+.0f})"
    )


def main() -> None:
    """Print one line for each condition and share, and the words below it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--against", nargs="+", default=[], metavar="NAME=WEIGHT")
    parser.add_argument("--keep", type=Path, help="file to cache the evidence")
    arguments = parser.parse_args()
    against = _weights(arguments.against)
    nothing = [0.0] * len(NAMES)
    other_rule = (*against, *nothing) if against else (*nothing, *WEIGHTS)
    rules = np.column_stack([(*WEIGHTS, *nothing), other_rule])
    evidence = _evidence(arguments.data, arguments.keep)
    others = {word: evidence[f"{word}, other"] @ rules for word in WORDS}
    for name in _CONDITIONS:
        scores = {
            word: np.nan_to_num(evidence[f"{word}, {name}"] @ rules, nan=-np.inf) for word in WORDS
        }
        for share in _SHARES:
            print(f"{name}, {share:.1%} of other windows pass: {line(scores, others, share)}")
            for word in WORDS:
                own = [missed(scores[word][:, r], others[word][:, r], share).sum() for r in (0, 1)]
                print(f"    {word}: {own[0]} of {len(scores[word])}, against {own[1]}")


def _weights(given: list[str]) -> list[float]:
    named = dict(one.split("=") for one in given)
    if unknown := named.keys() - set(NAMES):
        raise SystemExit(f"--against: unknown: {', '.join(sorted(unknown))}; known: {NAMES}")
    return [float(named.get(name, 0.0)) for name in NAMES] if given else []


def _evidence(data: Path, keep: Path | None) -> dict[str, Rows]:
    if keep is not None and keep.exists():
        with np.load(keep) as kept:
            return dict(kept)
    model = AcousticModel()
    phrases = {
        word: PhonePhrase(model, pronunciations(word, lambda text: _IPA[text])) for word in WORDS
    }
    found = {f"{word}, other": rows for word, rows in other(data, phrases, model).items()}
    for word, phrase in phrases.items():
        found |= {f"{word}, {name}": rows for name, rows in said(data, word, phrase, model).items()}
    if keep is not None:
        np.savez(keep, allow_pickle=False, **found)
    return found


if __name__ == "__main__":
    main()
