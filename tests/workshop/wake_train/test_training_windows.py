"""The training windows: drawn at random, and the same for the same seed."""

from pathlib import Path

import numpy as np

from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train import texts
from marvin.workshop.wake_train.augment import Sounds, WindowMaker
from marvin.workshop.wake_train.corpus import Clip, Corpus, speaker_number, split_by_speaker
from marvin.workshop.wake_train.phones import HOP_SAMPLES, SILENCE


def _noise(samples: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).standard_normal(samples).astype(np.float32) * 0.1


def test_windows_are_the_same_for_the_same_seed() -> None:
    speech = _noise(24_000)
    corpus = Corpus([Clip(speech, 4_000, 14_000)], [Clip(speech)], [Clip(speech)])
    words = [Clip(_noise(9_000), word=3)]
    batches = []
    for _ in range(2):
        rng = np.random.default_rng([1, 2])
        sounds = Sounds(speech=[Clip(_noise(60_000))], noise=[_noise(5_000)], rooms=[_noise(800)])
        batches.append(WindowMaker(corpus, sounds, 19_200, rng, words).batch(30))
    windows, again = batches
    assert len(windows) == 40
    for one, same in zip(windows, again, strict=True):
        assert one.samples.shape == (19_200,)
        assert one.samples.dtype == np.float32
        assert np.array_equal(one.samples, same.samples)
        assert float(np.abs(one.samples).max()) <= 1.01
    assert {window.phrase for window in windows[:30]} == {True, False}
    assert [(window.phrase, window.word) for window in windows[30:]] == [(False, 3)] * 10


def test_near_misses_contain_neither_the_phrase_nor_its_plural() -> None:
    words = [word.lower() for word in texts.near_misses("marvin")]
    assert {"martin", "marvel", "carving", "starving"} <= set(words)
    assert not {"marvin", "marvin's", "marvins"} & set(words)


def test_recordings_of_one_speaker_are_not_split_between_training_and_evaluation() -> None:
    assert speaker_number(Path("84-121123-0000.flac")) == speaker_number(Path("84-9-1.flac")) == 84
    assert speaker_number(Path("tap.wav")) == speaker_number(Path("other/tap.flac"))
    silence = np.zeros(10, np.float32)
    names = [f"{speaker}-{part}.flac" for speaker in range(40, 60) for part in (1, 2)]
    trained, judged = split_by_speaker([(Path(name), silence) for name in names])
    assert (len(trained), len(judged)) == (32, 8)


def test_of_a_few_recordings_the_end_of_each_is_kept_for_evaluation() -> None:
    minute = np.arange(60 * RATE_HZ, dtype=np.float32)
    for names in (["television.wav"], ["5-1.wav", "10-1.wav"], [f"5-{at}.wav" for at in range(9)]):
        trained, judged = split_by_speaker([(Path(name), minute) for name in names])
        assert [len(samples) / RATE_HZ for samples in trained] == [48.0] * len(names)
        assert [samples[0] / RATE_HZ for samples in judged] == [48.0] * len(names)
    # A fifth of these six is less than one speaker.
    six = [(Path(f"{speaker}1-0.wav"), minute) for speaker in range(6)]
    assert [len(part) for part in split_by_speaker(six)] == [6, 6]
    short = [(Path(f"tap{at}.wav"), minute[: 2 * RATE_HZ]) for at in range(4)]
    assert [len(part) for part in split_by_speaker(short)] == [4, 4]
    few = [(Path(f"3-{at}.wav"), minute[: 2 * RATE_HZ]) for at in range(10)]
    assert [len(part) for part in split_by_speaker(few)] == [8, 2]
    assert split_by_speaker([]) == ([], [])


def test_phones_keep_their_position_under_every_augmentation() -> None:
    """A clip of silence with one loud sound: its label must be where it is loud."""
    samples = np.zeros(24_000, np.float32)
    samples[8_000:12_000] = _noise(4_000) * 5
    phones = np.full(150, SILENCE, np.int8)
    phones[50:75] = 7
    clip = Clip(samples, 6_000, 14_000, phones=phones)
    quiet = Corpus([clip], [clip], [Clip(np.zeros(24_000, np.float32))])
    for seed in range(20):
        maker = WindowMaker(quiet, Sounds(), 19_200, np.random.default_rng(seed), hardness=0.0)
        window = maker.positive()
        level = np.abs(window.samples).reshape(-1, HOP_SAMPLES).max(axis=1)
        loud = np.flatnonzero(level > 0.3 * level.max())
        labelled = np.flatnonzero(window.phones == 7)
        assert window.phrase
        assert len(labelled) > 10
        assert abs(int(labelled[0]) - int(loud[0])) <= 2
        assert abs(int(labelled[-1]) - int(loud[-1])) <= 2
