"""Where an utterance begins, and what it contains."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from marvin.config.tables import TurnConfig
from marvin.conversation.ear import HeardChunk
from marvin.conversation.utterance import PreRoll, UtteranceInProgress
from marvin.types import CHUNK_SAMPLES, RATE_HZ, Detection, Endpoint
from tests.fakes import audio


def heard(script: str) -> list[HeardChunk]:
    """The ear's output for `s` (speech) and `.` (silence)."""
    return [
        HeardChunk(
            chunk, 1.0 if letter == "s" else 0.0, -30.0 if letter == "s" else -70.0, -70.0, None
        )
        for letter, chunk in zip(script, audio(script), strict=True)
    ]


def kept(script: str, pre_roll_s: float = 1.6) -> PreRoll:
    pre_roll = PreRoll(pre_roll_s)
    for one in heard(script):
        pre_roll.append(one)
    return pre_roll


def starts(chunks: Iterable[HeardChunk]) -> list[int]:
    return [one.chunk.start // CHUNK_SAMPLES for one in chunks]


def test_pre_roll_drops_old_audio() -> None:
    assert starts(kept("s" * 100, pre_roll_s=0.4).since(0)) == list(range(90, 100))


def test_words_begin_after_the_last_real_silence() -> None:
    # 0.4 s of silence separates earlier speech from the wake word; 0.08 s within it does not.
    onset = starts(kept("ssssss" + "." * 10 + "ssss..sss").since_onset())
    assert 6 <= onset[0] <= 15
    assert onset[-1] == 24


def test_silence_between_the_word_and_its_recognition_is_kept() -> None:
    onset = starts(kept("." * 10 + "sssss" + "." * 12).since_onset())
    assert onset[0] <= 9


def test_without_silence_the_whole_pre_roll_is_used() -> None:
    assert len(kept("s" * 100, pre_roll_s=1.2).since_onset()) == 30


def test_utterance_is_pre_roll_and_what_follows() -> None:
    before, after = heard("." * 5 + "s" * 5 + "s" * 20)[:10], heard("." * 10 + "s" * 20)[10:]
    listening = UtteranceInProgress(TurnConfig(), before, wake_score=0.9)
    for one in after:
        assert listening.hear(one) is Endpoint.NONE
    utterance = listening.utterance(Endpoint.SILENCE)
    assert (utterance.start, len(utterance.samples)) == (0, 30 * CHUNK_SAMPLES)
    assert listening.spoke


def test_only_the_last_half_second_of_the_pre_roll_counts_as_speech() -> None:
    listening = UtteranceInProgress(TurnConfig(), heard("s" * 40))
    assert listening.utterance(Endpoint.SILENCE).speech_s == pytest.approx(0.48)


def detected(script: str, word_end: int | None) -> list[HeardChunk]:
    """The same, and in the last chunk the wake word, which ended at a chunk."""
    chunks = heard(script)
    end = None if word_end is None else word_end * CHUNK_SAMPLES
    found = Detection("marvin", 0.9, chunks[-1].chunk.end, end)
    return [*chunks[:-1], replace(chunks[-1], detection=found)]


@pytest.mark.parametrize(("word_end", "speech"), [(12, 3), (15, 0), (None, 12)])
def test_speech_counts_from_the_end_of_the_wake_word(word_end: int | None, speech: int) -> None:
    before = detected("." * 3 + "s" * 12, word_end)
    utterance = UtteranceInProgress(TurnConfig(), before).utterance(Endpoint.SILENCE)
    assert utterance.speech_s == pytest.approx(0.04 * speech)
    assert utterance.wake_end == (word_end or 0) * CHUNK_SAMPLES


def test_without_the_wake_word_in_it_an_utterance_has_no_end_of_it() -> None:
    utterance = UtteranceInProgress(TurnConfig(), heard("." * 5 + "s" * 5))
    assert utterance.utterance(Endpoint.SILENCE).wake_end is None
    # The user waits so long that the recogniser gets the last seconds only.
    called = UtteranceInProgress(TurnConfig(no_speech_s=20.0), detected("s" * 10, 10))
    for one in heard("." * 260)[10:]:
        called.hear(one)
    found = called.utterance(Endpoint.SILENCE)
    assert found.start > 10 * CHUNK_SAMPLES
    assert found.wake_end is None


def loud(levels: Iterable[float]) -> list[HeardChunk]:
    """Speech at these levels in dBFS, one chunk each."""
    return [
        HeardChunk(replace(chunk, samples=np.full_like(chunk.samples, 10 ** (level / 20))), *ear)
        for level, chunk, ear in (
            (level, chunk, (1.0, level, -70.0, None))
            for level, chunk in zip(levels, audio("s" * 400), strict=False)
        )
    ]


def test_television_after_the_user_is_cut_off() -> None:
    listening = UtteranceInProgress(TurnConfig(), [])
    said = loud([-20.0] * 50 + [-38.0] * 100)
    for one in said:
        if (end := listening.hear(one)) is not Endpoint.NONE:
            break
    assert end is Endpoint.SILENCE
    length = len(listening.utterance(end).samples) / CHUNK_SAMPLES
    assert 50 <= length <= 65


def test_quiet_last_word_is_kept() -> None:
    listening = UtteranceInProgress(TurnConfig(), [])
    for one in loud([-20.0] * 50 + [-32.0] * 12) + heard("." * 100)[62:]:
        listening.hear(one)
    samples = listening.utterance(Endpoint.SILENCE).samples.reshape(-1, CHUNK_SAMPLES)
    assert np.all(np.abs(samples[:62]) > 0.02)


def test_television_before_the_wake_word_is_not_in_the_pre_roll() -> None:
    pre_roll = PreRoll(1.6)
    for one in loud([-38.0] * 25 + [-20.0] * 15):
        pre_roll.append(one)
    assert starts(pre_roll.since_onset())[0] >= 15


def test_speech_after_a_shouted_wake_word_may_be_quieter() -> None:
    listening = UtteranceInProgress(TurnConfig(), loud([-12.0] * 15))
    for one in loud([-12.0] * 15 + [-26.0] * 100)[15:]:
        assert listening.hear(one) is Endpoint.NONE
    assert listening.spoke


@pytest.mark.parametrize("chime", [0, 9])
def test_recogniser_hears_only_the_last_seconds_of_a_long_silence_before_the_words(
    chime: int,
) -> None:
    listening = UtteranceInProgress(TurnConfig(no_speech_s=60.0))
    chunks = heard("." * 1_000 + "s" * 10)
    for one in chunks[:chime]:
        listening.hear_chime(one)
    for one in chunks[chime:]:
        assert listening.hear(one) is Endpoint.NONE
    utterance = listening.utterance(Endpoint.SILENCE)
    assert len(utterance.samples) == 8 * RATE_HZ + 10 * CHUNK_SAMPLES
    assert utterance.end == chunks[-1].chunk.end
    assert np.all(np.abs(utterance.samples[-10 * CHUNK_SAMPLES :]) > 0.05)


def test_cough_does_not_lose_the_words_that_follow() -> None:
    listening = UtteranceInProgress(TurnConfig(no_speech_s=60.0))
    chunks = heard("." * 400 + "sss" + "." * 300 + "s" * 10)
    for one in chunks:
        assert listening.hear(one) is Endpoint.NONE
    assert len(listening.utterance(Endpoint.SILENCE).samples) == 8 * RATE_HZ + 10 * CHUNK_SAMPLES
