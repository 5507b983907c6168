"""The room of the benchmark of real turns, and how it judges them."""

import numpy as np
import pytest

from benchmarks.accuracy.after_wake_word import speech_level
from benchmarks.accuracy.echo import Way
from benchmarks.accuracy.real_line import Meaning, Said
from benchmarks.accuracy.real_turns import TurnResult, interval, judged
from benchmarks.accuracy.room_with_marvin import (
    LATENCY,
    EchoPath,
    RoomLoop,
    RoomMicrophone,
    RoomSpeaker,
    Work,
)
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk


def noise(seconds: float) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    samples = np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE_HZ))
    return samples.astype(np.float32)


def test_echo_in_blocks_is_the_echo_of_the_whole() -> None:
    response = np.array([1.0, 0.0, 0.5], np.float32)
    voice, way = noise(1.0), Way(delay_ms=5.0, limit=0.5)
    blocks = [voice[at : at + CHUNK_SAMPLES] for at in range(0, len(voice), CHUNK_SAMPLES)]
    path = EchoPath(voice, response, way, level=0.02)
    heard = np.concatenate([path.heard(block) for block in blocks])
    whole = EchoPath(voice, response, way, level=0.02).heard(voice)
    np.testing.assert_allclose(heard, whole, atol=1e-6)
    assert not heard[: round(0.005 * RATE_HZ)].any()
    assert speech_level(heard) == pytest.approx(0.02, rel=0.01)


def test_what_the_loudspeaker_plays_is_heard_later_until_it_is_flushed() -> None:
    voice = noise(0.4)

    async def listen() -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        speaker = RoomSpeaker(EchoPath(voice, np.ones(1, np.float32), Way(limit=100.0), 0.1))
        microphone = RoomMicrophone(np.zeros(8000, np.float32), 0.0, speaker, Work(), seed=1)
        microphone.over = lambda: True
        await speaker.play(AudioChunk(voice, RATE_HZ, 0))
        heard = []
        async for chunk in microphone.chunks():
            heard.append(chunk.samples)
            if len(heard) == 5:
                assert speaker.flush() > 0
        return np.concatenate(heard)

    loop = RoomLoop()
    heard = loop.run_until_complete(listen())
    loop.close()
    assert loop.now_s == pytest.approx(len(heard) / RATE_HZ)
    cut = 5 * CHUNK_SAMPLES
    assert not heard[:LATENCY].any()
    gain = float(np.vdot(heard[LATENCY:cut], voice[: cut - LATENCY])) / float(
        np.vdot(voice[: cut - LATENCY], voice[: cut - LATENCY])
    )
    np.testing.assert_allclose(heard[LATENCY:cut], gain * voice[: cut - LATENCY], atol=1e-3)
    assert not heard[cut + LATENCY + CHUNK_SAMPLES :].any()


def meaning(text: str) -> Meaning | None:
    words = text.lower().split()
    return ("lamps", 1, (("lamp", words[-1]),)) if "turn" in words else None


@pytest.mark.parametrize(
    ("text", "heard", "asked", "outcome"),
    [
        ("turn on lamp", ["Turn on lamp"], False, "right"),
        ("turn on lamp", ["Turn off lamp"], False, "wrong"),
        ("turn on lamp", ["Turn on fan"], False, "wrong"),
        ("turn on lamp", ["Turn on fan"], True, "asked back"),
        ("turn on lamp", ["on lamp"], False, "refused"),
        ("turn on lamp", ["", "Turn on lamp"], False, "right"),
        ("turn on lamp", [""], False, "asked back"),
        ("turn on lamp", [], False, "not heard"),
        ("ten of clubs", ["10 of clubs"], False, "right"),
        ("ten of clubs", [], False, "not heard"),
        ("ten of clubs", ["turn of clubs"], False, "wrong"),
    ],
)
def test_outcome(text: str, heard: list[str], asked: bool, outcome: str) -> None:
    assert judged(meaning, text, Said(tuple(heard), (), asked)) == outcome


def test_interval_draws_recordings_rather_than_turns() -> None:
    results = [
        TurnResult("quiet", at, f"{at % 2}.wav", 0, "", "right" if at % 2 else "wrong", (), ())
        for at in range(100)
    ]
    assert interval(results, "right") == (0.0, 1.0)
