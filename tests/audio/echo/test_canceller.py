"""Marvin's voice goes, and the user's stays."""

import numpy as np
import pytest

from marvin.types import CHUNK_SAMPLES, RATE_HZ, Samples
from tests.audio.echo.scene import Listening, Scene, down_db, silent, speech


@pytest.fixture(scope="module")
def reply() -> Samples:
    return speech("not_for_me", 6.0)


def test_echo_goes_down(reply: Samples) -> None:
    listening, scene = Listening(), Scene(reply)
    assert down_db(scene, listening.hear(scene)) > 15
    # It is known from then on.
    assert down_db(scene, listening.hear(scene), 6.0) > 15


@pytest.mark.parametrize("delay_s", [0.0, 0.15, 0.3, 0.5])
def test_delays_that_the_devices_do_not_report_are_found(reply: Samples, delay_s: float) -> None:
    scene = Scene(reply, delay_s)
    assert down_db(scene, Listening().hear(scene)) > 15


def test_user_is_heard_through_a_voice_as_loud(reply: Samples) -> None:
    near = speech("what_time_is_it", 6.0)
    near[: 3 * RATE_HZ] = 0.0
    scene = Scene(reply, near=near * np.float32(0.5))
    left = Listening().hear(scene)
    user, rest = near[-2 * RATE_HZ :], left[-2 * RATE_HZ :]
    heard = scene.microphone[-2 * RATE_HZ :]
    assert np.corrcoef(user, heard)[0, 1] < 0.3
    assert np.corrcoef(user, rest)[0, 1] > 0.8
    assert down_db(scene, left) > 12


def test_change_of_the_delay_is_followed(reply: Samples) -> None:
    listening = Listening()
    listening.hear(Scene(reply, 0.05))
    later = Scene(reply, 0.2)
    assert down_db(later, listening.hear(later)) > 15


def test_two_clocks_may_drift(reply: Samples) -> None:
    listening, scene = Listening(), Scene(np.concatenate((reply, reply)), drift_ppm=100)
    assert down_db(scene, listening.hear(scene)) > 12


def test_what_is_heard_in_silence_is_passed_through(reply: Samples) -> None:
    listening = Listening()
    noise = np.random.default_rng(1).normal(0.0, 0.1, CHUNK_SAMPLES).astype(np.float32)
    assert listening.clean(noise).samples is noise
    scene = Scene(reply)
    listening.hear(scene)
    quiet = Scene(np.zeros(RATE_HZ, np.float32))
    listening.hear(quiet)
    assert listening.clean(noise).samples is noise
    # The next reply is known.
    assert down_db(scene, listening.hear(scene), 6.0) > 15


def test_lost_chunks_do_no_harm(reply: Samples) -> None:
    listening, scene = Listening(), Scene(reply)
    listening.hear(scene)
    left = listening.hear(scene, lost=[20, 21, 22, 50])
    assert down_db(scene, left) > 15


def test_reopened_loudspeaker_counts_from_zero(reply: Samples) -> None:
    listening, scene = Listening(), Scene(reply)
    listening.hear(scene)
    listening.hear(silent(scene))
    listening.opened_s = listening.now_s
    assert down_db(scene, listening.hear(scene)) > 15


def test_reopened_microphone_may_have_lost_any_time(reply: Samples) -> None:
    listening, scene = Listening(), Scene(reply)
    listening.hear(scene)
    listening.now_s += 30.1
    listening.position += 30 * RATE_HZ
    assert down_db(scene, listening.hear(scene)) > 15


def test_headset_has_no_echo_and_loses_nothing(reply: Samples) -> None:
    near = speech("what_time_is_it", 6.0)
    listening = Listening()
    quiet = Scene(reply, delay_s=6.0, near=near)
    left = listening.hear(quiet)
    assert np.array_equal(left, quiet.microphone)


def test_it_is_clear_once_an_echo_is_found_or_was_looked_for_in_vain(reply: Samples) -> None:
    in_a_room, with_a_headset = Listening(), Listening()
    assert not in_a_room.canceller.clear
    in_a_room.hear(Scene(reply))
    headset = Scene(np.concatenate((reply, reply)), delay_s=12.0)
    with_a_headset.hear(Scene(reply, delay_s=6.0))
    assert (in_a_room.canceller.clear, with_a_headset.canceller.clear) == (True, False)
    with_a_headset.hear(headset)
    assert with_a_headset.canceller.clear
