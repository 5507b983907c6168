"""From the text of a model to the words of the user."""

from collections.abc import Callable, Iterable, Iterator
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


def given(*pieces: Piece) -> Callable[[Samples, bool], Iterable[Piece]]:
    """Returns the same pieces for any audio."""
    return lambda samples, said: pieces


def never(samples: Samples, said: bool) -> Iterator[Piece]:
    pytest.fail("the model was run")
    yield


def test_windows_become_one_text_with_tokens_weighted_equally(dictation: Dictation) -> None:
    pieces = [Piece("Marvin, set\na timer", 3, log(0.5)), Piece(" "), Piece("now.", 1, log(0.9))]
    transcript = dictation.transcript(heard(), given(*pieces))
    assert transcript.text == "set a timer now."
    assert transcript.confidence == pytest.approx((0.5**3 * 0.9) ** 0.25)


def test_alternatives_are_for_the_whole_text(dictation: Dictation) -> None:
    piece = Piece("Marvin, lights on.", alternatives=("lights off",))
    assert dictation.transcript(heard(), given(piece)).alternatives == ("lights off",)
    assert dictation.transcript(heard(), given(piece, Piece("Now."))).alternatives == ()


def test_gates_are_for_texts_that_nothing_else_has_tested(dictation: Dictation) -> None:
    doubtful = Piece("Stop.", log_probability=-2.0, no_speech=0.9)
    assert dictation.transcript(heard(), given(doubtful)).text == ""
    tested = replace(doubtful, certain=True)
    assert dictation.transcript(heard(), given(tested)).text == "Stop."


def test_language_is_that_of_the_text(dictation: Dictation) -> None:
    assert dictation.transcript(heard(), given(Piece("Arrête.", language="fr"))).language == "fr"


def test_wake_phrase_is_kept_except_at_the_start(dictation: Dictation) -> None:
    pieces = [Piece("Call"), Piece("Marvin.")]
    assert dictation.transcript(heard(), given(*pieces)).text == "Call Marvin."


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
    assert dictation.transcript(heard(), given(*pieces)).words == (words if left is None else left)


def test_words_rejected_by_a_gate_have_no_times(dictation: Dictation) -> None:
    pieces = [Piece("Thanks.", 2, -3.0, words=CALL), Piece("stop it.", words=STOP)]
    assert dictation.transcript(heard(), given(*pieces)).words == STOP


def test_rejected_window_does_not_affect_the_others(
    dictation: Dictation,
) -> None:
    pieces = [Piece("Stop."), Piece("you " * 9, 9, -0.1), Piece("Thanks.", 2, -0.6, 0.7)]
    assert dictation.transcript(heard(), given(*pieces)).text == "Stop."


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
    utterance = heard(speech_s=0.7)
    assert dictation.transcript(utterance, given(*pieces)) == Transcript("", "de", confidence)


@pytest.mark.parametrize(
    ("samples", "speech_s"),
    [(SOUND, 0.1), (0 * SOUND, 1.0), (SOUND[:0], 1.0)],
    ids=["short", "silent", "empty"],
)
def test_silence_after_the_wake_word_skips_the_model(
    dictation: Dictation, samples: Samples, speech_s: float
) -> None:
    utterance = heard(samples, speech_s)
    assert dictation.partial(utterance, never) == Partial("")
    assert dictation.transcript(utterance, never) == Transcript("", "de", 1.0)


def test_partial_transcripts_are_checked_too(dictation: Dictation) -> None:
    assert dictation.partial(heard(SOUND[:9]), given(Piece("Marvin, set"))).text == "set"
    assert dictation.partial(heard(SOUND[:20]), given(Piece("set a " * 9))).text == "set"
    later = dictation.partial(heard(SOUND[:30]), given(Piece("Marvin, set a timer")))
    assert later == Partial("set a timer", len("set"))


@pytest.mark.parametrize("start", [0, 1], ids=["shorter", "longer"])
def test_new_utterance_starts_afresh_although_its_start_is_the_same(
    dictation: Dictation, start: int
) -> None:
    for end in (10, 20):
        dictation.partial(heard(SOUND[:end]), given(Piece("Stop it.")))
    other = heard(SOUND[start : 15 + 15 * start])
    assert dictation.partial(other, given(Piece("What"))) == Partial("What")


def test_next_utterance_starts_afresh_after_the_final_transcript(dictation: Dictation) -> None:
    for _ in range(2):
        assert dictation.partial(heard(), given(Piece("Stop it."))) == Partial("Stop it.")
        dictation.transcript(heard(), given(Piece("Stop it.")))


def test_failed_partial_transcript_leaves_no_trace(dictation: Dictation) -> None:
    def failing(samples: Samples, said: bool) -> Iterator[Piece]:
        yield Piece("Burn it.")
        raise MemoryError

    dictation.partial(heard(SOUND[:9]), given(Piece("Turn")))
    with pytest.raises(MemoryError):
        dictation.partial(heard(SOUND[:20]), failing)
    assert dictation.partial(heard(SOUND[:30]), given(Piece("Turn on"))) == Partial("Turn on", 4)


def called(speech_s: float, *, pause_s: float = 0.2) -> tuple[Utterance, int]:
    """The wake word, a pause and something else; and where that may begin."""
    sound = np.random.default_rng(1).normal(0.0, 0.1, 2 * RATE_HZ).astype(np.float32)
    end = RATE_HZ // 2
    sound[end : end + round(pause_s * RATE_HZ)] *= 0.01
    return Utterance(sound, 0, speech_s, Endpoint.SILENCE, wake_score=0.9, wake_end=end), end


def hearing(*texts: str) -> tuple[Callable[[Samples, bool], Iterable[Piece]], list[int]]:
    """Returns these texts in turn; also a list of the lengths of its inputs."""
    left, lengths = list(texts), list[int]()

    def hear(samples: Samples, said: bool) -> Iterable[Piece]:
        lengths.append(len(samples))
        return [Piece(left.pop(0), words=(Word("Stop.", 0.1, 0.3),))]

    return hear, lengths


def test_command_after_a_pause_is_transcribed_by_itself(dictation: Dictation) -> None:
    utterance, end = called(1.0)
    hear, lengths = hearing("Stop.", "Stop.")
    transcript = dictation.transcript(utterance, hear)
    assert transcript.text == dictation.partial(utterance, hear).text == "Stop."
    assert lengths[0] == lengths[1]
    lead = round(0.3 * RATE_HZ)
    start = len(utterance.samples) - lengths[0] + lead
    assert end <= start <= end + RATE_HZ // 5
    assert transcript.words[0].start_s == pytest.approx(0.1 + (start - lead) / RATE_HZ)


def test_engine_is_told_whether_the_wake_phrase_was_said(dictation: Dictation) -> None:
    told: list[bool] = []

    def hear(samples: Samples, said: bool) -> Iterator[Piece]:
        told.append(said)
        yield Piece("")

    utterance, _ = called(1.0)
    dictation.transcript(utterance, hear)
    assert told == [False, True]  # Behind the pause, and with the wake word.
    dictation.partial(replace(utterance, wake_end=None), hear)
    assert not told[-1]


def test_nothing_is_cut_without_a_pause(dictation: Dictation) -> None:
    utterance, _ = called(1.0, pause_s=0.0)
    hear, lengths = hearing("Marvin, lock the door.")
    assert dictation.transcript(utterance, hear).text == "lock the door."
    assert lengths == [len(utterance.samples)]


def test_command_without_text_is_transcribed_again_with_the_wake_word(dictation: Dictation) -> None:
    utterance, _ = called(1.0)
    hear, lengths = hearing("", "Marvin. Pause.")
    assert dictation.transcript(utterance, hear).text == "Pause."
    assert lengths[1] == len(utterance.samples)


def test_command_left_out_in_noise_is_transcribed_again(dictation: Dictation) -> None:
    utterance, end = called(1.0)
    # The pause is 8 dB below the word.
    utterance.samples[end : end + RATE_HZ // 5] *= 40
    hear, lengths = hearing("Marvin.", "What time is it?")
    assert dictation.transcript(utterance, hear).text == "What time is it?"
    assert lengths[0] == len(utterance.samples) > lengths[1]


@pytest.mark.parametrize("pause_s", [0.0, 0.2])
@pytest.mark.parametrize(("speech_s", "confidence"), [(1.0, 0.0), (0.4, 1.0)])
def test_speech_after_the_wake_word_is_never_taken_for_silence(
    dictation: Dictation, pause_s: float, speech_s: float, confidence: float
) -> None:
    utterance, _ = called(speech_s, pause_s=pause_s)
    found = dictation.transcript(utterance, given(Piece("Marvin.")))
    assert found == Transcript("", "de", confidence)


def test_words_before_the_wake_word_are_not_the_user_s(dictation: Dictation) -> None:
    """Marvin's own, in a room where nothing cancels its echo, or a television's."""
    words = (
        Word("Patient", 0.0, 0.2),
        Word("shoulder,", 0.2, 0.6),
        Word("lights", 0.6, 0.9),
        Word("off.", 0.9, 1.2),
    )
    utterance, end = called(1.0, pause_s=0.0)
    assert end == RATE_HZ // 2
    hear = given(Piece("Patient shoulder, lights off.", words=words))
    found = dictation.transcript(utterance, hear)
    assert (found.text, found.words) == ("lights off.", words[2:])
    # The wake word alone is not taken for speech that was not understood.
    alone = dictation.transcript(
        replace(utterance, speech_s=0.4), given(Piece("Patient shoulder,", words=words[:2]))
    )
    assert alone == Transcript("", "de", 1.0)
    unknown = dictation.transcript(replace(utterance, wake_end=None), hear)
    assert unknown.text == "Patient shoulder, lights off."


def test_misspelt_wake_word_is_removed_if_it_was_said(dictation: Dictation) -> None:
    utterance, _ = called(1.0, pause_s=0.0)
    text = given(Piece("more than what time is it?"))
    assert dictation.transcript(utterance, text).text == "what time is it?"
    unknown = dictation.transcript(replace(utterance, wake_end=None), text)
    assert unknown.text == "more than what time is it?"
