"""Detecting the end of the user's turn, in chunks of 40 ms without a clock."""

import pytest

from marvin.config.tables import TurnConfig
from marvin.conversation.endpoint import HANGOVER_S, Endpointer
from marvin.types import Completeness, Endpoint

CHUNK_S = 0.04
CONFIG = TurnConfig(silence_s=0.8, no_speech_s=2.0, max_s=4.0, min_speech_s=0.2)


def verdicts(script: str, *, floor: float = -60.0, config: TurnConfig = CONFIG) -> list[Endpoint]:
    """The verdicts up to the first that is not NONE. `s` is speech at -30 dBFS, `q` half a chunk of
    it, `.` silence, and `n` loud noise at the noise floor that the detector takes for speech.
    """
    meaning = {"s": (1.0, -30.0), "q": (0.5, -30.0), ".": (0.0, floor), "n": (1.0, floor)}
    endpointer = Endpointer(config)
    found = []
    for letter in script:
        found.append(endpointer.process(CHUNK_S, *meaning[letter], floor))
        if found[-1] is not Endpoint.NONE:
            break
    return found


def test_silence_after_speech_ends_it() -> None:
    found = verdicts("." * 5 + "s" * 10 + "." * 30)
    assert found[-1] is Endpoint.SILENCE
    assert len(found) == 5 + 10 + 19  # 0.8 s in chunks of 40 ms, minus the detector's hangover.


def test_pause_shorter_than_the_limit_does_not_end_it() -> None:
    assert set(verdicts("s" * 10 + "." * 18 + "s" * 10 + "." * 18)) == {Endpoint.NONE}


def test_nobody_spoke() -> None:
    found = verdicts("." * 100)
    assert found[-1] is Endpoint.NO_SPEECH
    assert len(found) == 50


def test_cough_is_not_speech() -> None:
    assert verdicts(".....sss" + "." * 100)[-1] is Endpoint.NO_SPEECH


def test_coughs_do_not_add_up_to_speech() -> None:
    assert verdicts(("sss" + "." * 8) * 20)[-1] is Endpoint.NO_SPEECH


def test_word_that_begins_at_the_last_moment_is_awaited() -> None:
    found = verdicts("." * 48 + "s" * 10 + "." * 20)
    assert found[-1] is Endpoint.SILENCE


def test_utterance_has_a_maximum_length() -> None:
    found = verdicts("s" * 200)
    assert found[-1] is Endpoint.MAX_LENGTH
    assert len(found) == 100


def test_resuming_needs_less_speech_than_starting() -> None:
    assert verdicts("q" * 100)[-1] is Endpoint.NO_SPEECH
    assert set(verdicts("s" * 6 + "q" * 60)) == {Endpoint.NONE}


@pytest.mark.parametrize("noise_dbfs", [-50.0, -30.0, -20.0])
def test_steady_noise_taken_for_speech_by_the_detector_counts_as_silence(noise_dbfs: float) -> None:
    assert verdicts("n" * 200, floor=noise_dbfs)[-1] is Endpoint.NO_SPEECH


def test_in_noise_the_end_is_found_by_the_level() -> None:
    # Speech at -30 over a fan at -45, which the detector always takes for speech.
    found = verdicts("n" * 10 + "s" * 10 + "n" * 30, floor=-45.0)
    assert found[-1] is Endpoint.SILENCE
    assert len(found) == 10 + 10 + 20


def test_follow_up_has_its_own_waiting_time() -> None:
    endpointer = Endpointer(CONFIG, no_speech_s=0.4)
    found = [endpointer.process(CHUNK_S, 0.0, -60.0, -60.0) for _ in range(10)]
    assert found == [Endpoint.NONE] * 9 + [Endpoint.NO_SPEECH]


def test_it_counts_speech_and_silence() -> None:
    endpointer = Endpointer(CONFIG)
    for letter in "ssss..ss...":
        speech = letter == "s"
        endpointer.process(CHUNK_S, float(speech), -30.0 if speech else -60.0, -60.0)
    assert endpointer.speech_s == pytest.approx(6 * CHUNK_S)
    assert endpointer.silence_s == pytest.approx(HANGOVER_S + 3 * CHUNK_S)
    assert endpointer.spoke


def silence_that_ends(completeness: Completeness, config: TurnConfig = CONFIG) -> float:
    """Seconds of silence that end the utterance if this is known at the first pause."""
    endpointer = Endpointer(config)
    for _ in range(10):
        endpointer.process(CHUNK_S, 1.0, -30.0, -60.0)
    while endpointer.process(CHUNK_S, 0.0, -60.0, -60.0) is Endpoint.NONE:
        if endpointer.pausing:
            endpointer.completeness = completeness
    return endpointer.silence_s


def test_complete_command_ends_sooner_and_unfinished_one_later() -> None:
    assert silence_that_ends(Completeness.UNKNOWN) == pytest.approx(0.8, abs=CHUNK_S)
    assert silence_that_ends(Completeness.COMPLETE) == pytest.approx(0.65 * 0.8, abs=CHUNK_S)
    assert silence_that_ends(Completeness.UNFINISHED) == pytest.approx(1.7 * 0.8, abs=CHUNK_S)


def test_adaptive_endpointing_can_be_switched_off() -> None:
    fixed = CONFIG.model_copy(update={"complete_share": 1.0, "unfinished_share": 1.0})
    assert {round(silence_that_ends(one, fixed), 6) for one in Completeness} == {0.82}


def test_completeness_does_not_apply_to_speech_that_follows() -> None:
    endpointer = Endpointer(CONFIG)
    found = []
    for letter in "s" * 10 + "." * 6 + "s" * 5 + "." * 40:
        level, probability = (-30.0, 1.0) if letter == "s" else (-60.0, 0.0)
        found.append(endpointer.process(CHUNK_S, probability, level, -60.0))
        if len(found) == 16:
            assert endpointer.pausing
            endpointer.completeness = Completeness.COMPLETE
        if found[-1] is not Endpoint.NONE:
            break
    assert len(found) == 21 + 19


def test_click_does_not_resume_and_a_syllable_does() -> None:
    endpointer = Endpointer(CONFIG)
    resumed = []
    for letter in "s" * 10 + "." * 20 + "s." + "." * 6 + "sss":
        level, probability = (-30.0, 1.0) if letter == "s" else (-60.0, 0.0)
        endpointer.process(CHUNK_S, probability, level, -60.0)
        resumed.append(endpointer.resumed)
    assert not any(resumed[16:-1])
    assert resumed[-1]


def test_silence_never_resumes_however_early_the_end_was() -> None:
    endpointer = Endpointer(TurnConfig(silence_s=0.08))
    for probability in (*[1.0] * 10, 0.0, 0.0, 0.0):
        endpointer.process(CHUNK_S, probability, -30.0, -60.0)
    assert not endpointer.resumed


def ended_after_s(*parts: tuple[float, float]) -> float | None:
    """When an utterance ends whose parts last this many seconds at this many dBFS."""
    endpointer = Endpointer(TurnConfig())
    elapsed_s = 0.0
    for length_s, level in parts:
        for _ in range(round(length_s / CHUNK_S)):
            elapsed_s += CHUNK_S
            probability = 0.0 if level <= -60.0 else 1.0
            if endpointer.process(CHUNK_S, probability, level, -60.0) is not Endpoint.NONE:
                return elapsed_s
    return None


@pytest.mark.parametrize("below_db", [12.0, 18.0, 24.0])
def test_television_quieter_than_the_user_does_not_keep_the_turn_open(below_db: float) -> None:
    over = ended_after_s((2.0, -20.0), (12.0, -20.0 - below_db))
    assert over is not None
    assert over < 2.0 + 1.8


def test_loud_first_syllable_does_not_make_the_rest_background_speech() -> None:
    over = ended_after_s((0.16, -8.0), (2.0, -22.0), (3.0, -60.0))
    assert over is not None
    assert over > 0.16 + 2.0 + 0.5


@pytest.mark.parametrize("fall_db", [6.0, 8.0, 10.0, 16.0])
def test_voice_that_falls_at_the_end_is_heard_to_the_end(fall_db: float) -> None:
    over = ended_after_s((1.5, -20.0), (0.5, -20.0 - fall_db), (3.0, -60.0))
    assert over is not None
    assert over > 2.0 + 0.5


def test_user_who_speaks_more_quietly_for_long_is_heard() -> None:
    assert ended_after_s((2.0, -20.0), (5.0, -28.0)) is None


def test_user_can_resume_after_the_end_but_a_television_cannot() -> None:
    endpointer = Endpointer(TurnConfig())
    for level in [-20.0] * 50 + [-36.0] * 50:
        endpointer.process(CHUNK_S, 1.0, level, -60.0)
    assert endpointer.silence_s > 0.7
    assert not endpointer.resumed
    for _ in range(round(0.4 / CHUNK_S)):
        endpointer.process(CHUNK_S, 1.0, -21.0, -60.0)
    assert endpointer.resumed


def test_loud_syllables_of_a_television_do_not_keep_the_turn_open() -> None:
    syllables = [(0.4, -32.0), (0.16, -27.0)] * 20
    over = ended_after_s((2.0, -20.0), (0.8, -32.0), *syllables)
    assert over is not None
    assert over < 2.0 + 2.0


def test_persistent_television_does_not_become_the_user() -> None:
    endpointer = Endpointer(TurnConfig(silence_s=10.0, max_s=60.0))
    for level in [-20.0] * 50 + [-32.0] * 200:
        endpointer.process(CHUNK_S, 1.0, level, -60.0)
    assert endpointer.others_speak
