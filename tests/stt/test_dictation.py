"""From the text of a model to the words of the user."""

from collections.abc import Iterator
from dataclasses import replace
from math import log

import numpy as np
import pytest

from marvin.stt.dictation import Dictation, Piece
from marvin.stt.gates import GateLimits
from marvin.types import RATE_HZ, Endpoint, Partial, Samples, Transcript, Utterance, Word

LIMITS = GateLimits(
    min_log_probability=-1.0,
    max_compression_ratio=2.4,
    max_repeats=3,
    min_speech_s=0.2,
    max_no_speech=0.6,
)
SOUND = np.linspace(-1.0, 1.0, 4 * RATE_HZ, dtype=np.float32)
CALL = (Word("Hey", 0.0, 0.2), Word("Marvin,", 0.2, 0.6))
STOP = (Word("stop", 0.7, 0.9), Word("it.", 0.9, 1.0))


@pytest.fixture
def dictation() -> Dictation:
    return Dictation(LIMITS, ("marvin", "hey marvin"), "de")


def heard(samples: Samples = SOUND, speech_s: float = 1.0) -> Utterance:
    return Utterance(samples, 0, speech_s, Endpoint.SILENCE)


def never() -> Iterator[Piece]:
    pytest.fail("the model was run")
    yield


def test_windows_become_one_text_with_tokens_weighted_equally(dictation: Dictation) -> None:
    pieces = [Piece("Marvin, set\na timer", 3, log(0.5)), Piece(" "), Piece("now.", 1, log(0.9))]
    transcript = dictation.transcript(heard(), pieces)
    assert transcript.text == "set a timer now."
    assert transcript.confidence == pytest.approx((0.5**3 * 0.9) ** 0.25)


def test_alternatives_are_for_the_whole_text(dictation: Dictation) -> None:
    piece = Piece("Marvin, lights on.", alternatives=("lights off",))
    assert dictation.transcript(heard(), [piece]).alternatives == ("lights off",)
    assert dictation.transcript(heard(), [piece, Piece("Now.")]).alternatives == ()


def test_gates_are_for_texts_that_nothing_else_has_tested(dictation: Dictation) -> None:
    doubtful = Piece("Stop.", log_probability=-2.0, no_speech=0.9)
    assert dictation.transcript(heard(), [doubtful]).text == ""
    assert dictation.transcript(heard(), [replace(doubtful, certain=True)]).text == "Stop."


def test_language_is_that_of_the_text(dictation: Dictation) -> None:
    assert dictation.transcript(heard(), [Piece("Arrête.", language="fr")]).language == "fr"


def test_wake_phrase_is_kept_except_at_the_start(dictation: Dictation) -> None:
    pieces = [Piece("Call"), Piece("Marvin.")]
    assert dictation.transcript(heard(), pieces).text == "Call Marvin."


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("stop it.", STOP, STOP),
        ("Hey Marvin, stop it.", (*CALL, *STOP), STOP),
        ("Marvin... stop it.", (Word("Marvin...", 0.2, 0.6), *STOP), STOP),
        ("Marvin-stop it.", (Word("Marvin-stop", 0.7, 0.9), STOP[1]), STOP),
        ("stop", (Word("stop\N{REPLACEMENT CHARACTER}", 0.7, 0.9),), None),
        ("Marvin, stop it.", (), ()),
    ],
    ids=["none", "two words", "a pause", "one word with the next", "half a character", "no times"],
)
def test_wake_phrase_has_no_times(
    dictation: Dictation, text: str, words: tuple[Word, ...], left: tuple[Word, ...] | None
) -> None:
    pieces = [Piece(text, words=words)]
    assert dictation.transcript(heard(), pieces).words == (words if left is None else left)


def test_words_rejected_by_a_gate_have_no_times(dictation: Dictation) -> None:
    pieces = [Piece("Thanks.", 2, -3.0, words=CALL), Piece("stop it.", words=STOP)]
    assert dictation.transcript(heard(), pieces).words == STOP


def test_rejected_window_does_not_affect_the_others(
    dictation: Dictation,
) -> None:
    pieces = [Piece("Stop."), Piece("you " * 9, 9, -0.1), Piece("Thanks.", 2, -0.6, 0.7)]
    assert dictation.transcript(heard(), pieces).text == "Stop."


@pytest.mark.parametrize(
    ("pieces", "confidence"),
    [
        ([Piece("Marvin.")], 1.0),
        ([Piece("")], 0.0),
        ([], 0.0),
        ([Piece("Thanks.", 2, -3.0)], 0.0),
        ([Piece("Marvin."), Piece("Thanks.", 2, -3.0)], 0.0),
    ],
)
def test_empty_text_after_the_wake_word_alone_is_certain(
    dictation: Dictation, pieces: list[Piece], confidence: float
) -> None:
    assert dictation.transcript(heard(), pieces) == Transcript("", "de", confidence)


@pytest.mark.parametrize(
    ("samples", "speech_s"),
    [(SOUND, 0.1), (0 * SOUND, 1.0), (SOUND[:0], 1.0)],
    ids=["short", "silent", "empty"],
)
def test_silence_after_the_wake_word_skips_the_model(
    dictation: Dictation, samples: Samples, speech_s: float
) -> None:
    utterance = heard(samples, speech_s)
    assert dictation.partial(utterance, never()) == Partial("")
    assert dictation.transcript(utterance, never()) == Transcript("", "de", 1.0)


def test_partial_transcripts_are_checked_too(dictation: Dictation) -> None:
    assert dictation.partial(heard(SOUND[:9]), [Piece("Marvin, set")]).text == "set"
    assert dictation.partial(heard(SOUND[:20]), [Piece("set a " * 9)]).text == "set"
    later = dictation.partial(heard(SOUND[:30]), [Piece("Marvin, set a timer")])
    assert later == Partial("set a timer", len("set"))


@pytest.mark.parametrize("start", [0, 1], ids=["shorter", "longer"])
def test_new_utterance_starts_afresh_although_its_start_is_the_same(
    dictation: Dictation, start: int
) -> None:
    for end in (10, 20):
        dictation.partial(heard(SOUND[:end]), [Piece("Stop it.")])
    other = heard(SOUND[start : 15 + 15 * start])
    assert dictation.partial(other, [Piece("What")]) == Partial("What")


def test_next_utterance_starts_afresh_after_the_final_transcript(dictation: Dictation) -> None:
    for _ in range(2):
        assert dictation.partial(heard(), [Piece("Stop it.")]) == Partial("Stop it.")
        dictation.transcript(heard(), [Piece("Stop it.")])


def test_failed_partial_transcript_leaves_no_trace(dictation: Dictation) -> None:
    def failing() -> Iterator[Piece]:
        yield Piece("Burn it.")
        raise MemoryError

    dictation.partial(heard(SOUND[:9]), [Piece("Turn")])
    with pytest.raises(MemoryError):
        dictation.partial(heard(SOUND[:20]), failing())
    assert dictation.partial(heard(SOUND[:30]), [Piece("Turn on")]) == Partial("Turn on", 4)
