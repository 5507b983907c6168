"""Which words count in a calibration, and with which score."""

import pytest

from marvin.config.tables import TurnConfig
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.wake_candidates import (
    REST_AFTER_MISS_S,
    REST_S,
    Asking,
    Listed,
    SpokenWakeWord,
    WakeCandidate,
    candidate_in,
)
from tests.workshop.mic.observations import CHUNK_S, Stream

TURN = TurnConfig()


class Dialogue:
    """A person asked for words; collects what was taken for one."""

    def __init__(self) -> None:
        self.asking, self.stream = Asking(TURN), Stream()
        self.words: list[SpokenWakeWord] = []

    def rest(self) -> float:
        """Stay quiet until the next word is asked for; returns the time in seconds."""
        before = self.stream.position
        while not self.asking.ready(self.stream.position):
            self.quiet(CHUNK_S)
        self.asking.ask(self.stream.position)
        return (self.stream.position - before) / RATE_HZ

    def quiet(self, seconds: float, score: float | None = None) -> None:
        self._hear(seconds, False, score)

    def speak(self, seconds: float, score: float | None = None) -> None:
        self._hear(seconds, True, score)

    def _hear(self, seconds: float, voice: bool, score: float | None) -> None:
        """Hear a candidate with this score in the first chunk."""
        for _ in range(round(seconds / CHUNK_S)):
            observation = self.stream.observe(voice=voice)
            candidate = None if score is None else WakeCandidate(score, self.stream.position)
            word = self.asking.process(observation, candidate)
            score = None
            if word is not None:
                self.words.append(word)


def test_word_is_heard_soon_after_it_was_said() -> None:
    room = Dialogue()
    assert room.rest() == pytest.approx(REST_S, abs=CHUNK_S)
    room.quiet(0.5)
    spoken_from = room.stream.position
    room.speak(0.6)
    room.quiet(0.2)
    room.quiet(0.7, score=0.83)
    assert [word.score for word in room.words] == [0.83]
    assert room.words[0].start == spoken_from
    assert room.rest() < REST_S


def test_missed_word_is_a_miss_with_a_longer_rest() -> None:
    room = Dialogue()
    room.rest()
    room.speak(0.6)
    room.quiet(3.3)
    assert room.words == []
    room.quiet(0.12)
    assert [word.score for word in room.words] == [0.0]
    assert room.rest() == pytest.approx(REST_AFTER_MISS_S, abs=CHUNK_S)


def test_late_word_is_waited_for() -> None:
    room = Dialogue()
    room.rest()
    room.quiet(3.8)
    room.speak(0.6)
    room.quiet(0.7, score=0.7)
    assert [word.score for word in room.words] == [0.7]


def test_low_score_does_not_end_the_wait_and_the_best_one_counts() -> None:
    room = Dialogue()
    room.rest()
    room.quiet(1.0, score=0.1)
    room.speak(0.4, score=0.4)
    room.quiet(1.0, score=0.6)
    assert [word.score for word in room.words] == [0.6]


def test_speech_between_the_words_does_not_count() -> None:
    room = Dialogue()
    room.quiet(1.0, score=0.9)
    room.rest()
    room.quiet(4.1)
    assert [word.score for word in room.words] == [0.0]


def listed(*said: tuple[float, float, float | None]) -> tuple[list[SpokenWakeWord], int]:
    """Words among (seconds of speech, seconds of quiet, score at its end)."""
    words, stream = Listed(TURN), Stream()
    found: list[SpokenWakeWord] = []
    for speech_s, quiet_s, score in said:
        for at in range(round((speech_s + quiet_s) / CHUNK_S)):
            observation = stream.observe(voice=at * CHUNK_S < speech_s)
            ends = at == round(speech_s / CHUNK_S) + 5
            candidate = (
                WakeCandidate(score, stream.position) if ends and score is not None else None
            )
            word = words.process(observation, candidate)
            found += [] if word is None else [word]
    return found + words.finish(), words.too_long


def test_each_short_burst_of_speech_in_a_recording_is_a_word() -> None:
    words, too_long = listed((0.6, 1.0, 0.9), (0.5, 1.0, None), (0.08, 1.0, None), (0.6, 0.3, 0.7))
    assert ([word.score for word in words], too_long) == ([0.9, 0.0, 0.7], 0)
    assert (words[0].end - words[0].start) / RATE_HZ == pytest.approx(0.6, abs=CHUNK_S)


def test_sentence_is_not_a_word() -> None:
    assert listed((3.0, 1.0, 0.9)) == ([], 1)


def test_detection_at_threshold_0_is_a_candidate_unless_its_score_is_0_too() -> None:
    stream = Stream()
    assert candidate_in(stream.observe(detected=0.8)) == WakeCandidate(0.8, stream.position)
    assert candidate_in(stream.observe(detected=0.0)) is None
    assert candidate_in(stream.observe()) is None
