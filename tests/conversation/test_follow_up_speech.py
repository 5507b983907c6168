"""Real recordings in the window without the wake word: the user's and a television's."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from marvin.config.tables import Config
from marvin.conversation.ear import Ear, load_ear
from marvin.conversation.endpoint import Endpointer
from marvin.conversation.follow_up import FollowUp, follow_up
from marvin.conversation.turn import Outcome
from marvin.types import CHUNK_SAMPLES, AudioChunk, Endpoint, Samples, Utterance
from marvin.workshop.wake_train.audio_files import read_file
from tests.paths import DATA

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no real recordings in ../shared/data")
TURN = Config().turn.model_copy(update={"follow_up_s": 6.0})
QUIET = np.zeros(24_000, np.float32)


@pytest.fixture(scope="module")
def ear() -> Ear:
    return load_ear(Config())


@pytest.fixture(scope="module")
def commands() -> list[Samples]:
    return [at_level(path) for path in recordings("ha_commands")[:6]]


def recordings(folder: str) -> list[Path]:
    return sorted((DATA / "speech-en" / folder).glob("*.wav"))


def at_level(path: Path) -> Samples:
    samples = read_file(path)
    loud = np.percentile(np.abs(samples), 95)
    return np.concatenate([QUIET, samples * np.float32(0.1 / loud), QUIET])


def listen(ear: Ear, endpointer: Endpointer, samples: Samples) -> Endpoint:
    endpoint = Endpoint.NONE
    noise = np.random.default_rng(1).normal(0.0, 3e-4, len(samples)).astype(np.float32)
    for chunk in chunks(samples + noise):
        one = ear.hear(chunk, armed=False, speaking=False)
        endpoint = endpointer.process(
            one.chunk.duration_s, one.probability, one.level_dbfs, one.floor_dbfs
        )
        if endpoint is not Endpoint.NONE:
            break
    return endpoint


def chunks(samples: Samples) -> Iterator[AudioChunk]:
    for start in range(0, len(samples) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
        yield AudioChunk(samples[start : start + CHUNK_SAMPLES], start=start)


def window(ear: Ear, command: Samples) -> Endpointer:
    """The window after this command."""
    ear.reset()
    first = Endpointer(TURN)
    assert listen(ear, first, command) is Endpoint.SILENCE
    said = Utterance(command, 0, first.speech_s, Endpoint.SILENCE)
    after = follow_up(Outcome.ANSWERED, said, 0, TURN)
    assert isinstance(after, FollowUp)
    least_dbfs = first.user_dbfs - after.below_db
    return Endpointer(TURN, no_speech_s=after.wait_s, least_dbfs=least_dbfs)


def test_television_begins_no_turn(ear: Ear, commands: list[Samples]) -> None:
    others = recordings("librispeech_test_other") or recordings("ljspeech")
    for command, other in zip(commands, others, strict=False):
        television = np.resize(at_level(other)[len(QUIET) : -len(QUIET)], 16 * 8_000)
        gain = np.float32(10 ** (-18 / 20))
        assert listen(ear, window(ear, command), gain * television) is Endpoint.NO_SPEECH


def test_user_is_heard(ear: Ear, commands: list[Samples]) -> None:
    for first, second in pairwise(commands):
        assert listen(ear, window(ear, first), second) is Endpoint.SILENCE


def test_silence_ends_it(ear: Ear, commands: list[Samples]) -> None:
    silence = np.zeros(16 * 8_000, np.float32)
    assert listen(ear, window(ear, commands[0]), silence) is Endpoint.NO_SPEECH
