"""Enrolling voices, and telling whose an utterance is."""

from pathlib import Path

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.config.speaker_id import EcapaConfig
from marvin.errors import EnrolmentError
from marvin.speaker_id.enrolment import Recording, enrol
from marvin.speaker_id.speaker_identifier import VoiceprintIdentifier
from marvin.speaker_id.speech_part import speech_part
from marvin.speaker_id.voiceprints import Voiceprint, Voiceprints
from marvin.types import RATE_HZ, Endpoint, Identification, Samples, Utterance
from tests.speaker_id.spectral_encoder import SpectralEncoder, voice

ANNA, BEN, STRANGER = 300.0, 700.0, 1500.0
SILENCE = np.zeros(2 * RATE_HZ, np.float32)


def recordings(*clips: Samples) -> list[Recording]:
    return [Recording(f"clip {at}", clip) for at, clip in enumerate(clips, start=1)]


def sentences(hz: float) -> list[Recording]:
    return recordings(*(voice(hz, seed=seed) for seed in range(3)))


@pytest.fixture
def enrolled(tmp_path: Path) -> Voiceprints:
    voiceprints = Voiceprints(tmp_path)
    enrol("Anna", sentences(ANNA), SpectralEncoder(), voiceprints)
    enrol("Ben", sentences(BEN), SpectralEncoder(), voiceprints)
    return voiceprints


def identified(voiceprints: Voiceprints, clip: Samples) -> Identification:
    identifier = VoiceprintIdentifier(SpectralEncoder(), voiceprints, EcapaConfig())
    utterance = Utterance(clip, 0, len(clip) / RATE_HZ, Endpoint.SILENCE)
    return identifier.identify(utterance, CancelToken())


def name_of(found: Identification) -> str | None:
    return found.person.name if found.person else None


def test_each_is_known_by_their_voice(enrolled: Voiceprints) -> None:
    assert name_of(identified(enrolled, voice(ANNA))) == "Anna"
    assert name_of(identified(enrolled, voice(BEN))) == "Ben"


def test_stranger_is_nobody(enrolled: Voiceprints) -> None:
    found = identified(enrolled, voice(STRANGER))
    assert found.person is None
    assert found.enough
    assert found.likeness < EcapaConfig().threshold


@pytest.mark.parametrize("clip", [SILENCE, SILENCE[:100], SILENCE[:0], voice(ANNA, 0.5)])
def test_silence_and_single_words_are_nobody(enrolled: Voiceprints, clip: Samples) -> None:
    assert identified(enrolled, clip) == Identification(enough=False)


def test_voice_between_two_is_nobody(enrolled: Voiceprints) -> None:
    both = voice(ANNA) + voice(BEN, seed=2)
    found = identified(enrolled, both)
    assert found.likeness > EcapaConfig().threshold
    assert found.person is None
    assert found.maybe is not None
    assert found.maybe.name == found.nearest


def test_little_speech_in_noise_is_nobody(enrolled: Voiceprints) -> None:
    identifier = VoiceprintIdentifier(SpectralEncoder(), enrolled, EcapaConfig())
    answer = Utterance(voice(ANNA), 0, 0.4, Endpoint.SILENCE, answer=True)
    assert identifier.identify(answer, CancelToken()) == Identification(enough=False)


def test_nobody_is_enrolled(tmp_path: Path) -> None:
    assert identified(Voiceprints(tmp_path), voice(ANNA)) == Identification()


def test_voiceprint_of_another_model_is_not_compared(enrolled: Voiceprints) -> None:
    enrolled.save(Voiceprint("Anna", "another", (1.0,)))
    assert identified(enrolled, voice(ANNA)).person is None


def test_enrolled_again_keeps_the_volume(enrolled: Voiceprints) -> None:
    anna = enrolled.named("Anna")
    enrolled.save(Voiceprint(anna.name, anna.model, anna.embedding, 0.3))
    enrol("anna", sentences(ANNA), SpectralEncoder(), enrolled)
    assert [(one.name, one.volume) for one in enrolled.known()] == [("anna", 0.3), ("Ben", None)]


def test_second_name_for_a_voice_is_refused(enrolled: Voiceprints) -> None:
    with pytest.raises(EnrolmentError, match=r'enrolled as Anna.*remove "Anna"` first'):
        enrol("Annie", sentences(ANNA), SpectralEncoder(), enrolled)
    assert [one.name for one in enrolled.known()] == ["Anna", "Ben"]


@pytest.mark.parametrize(
    ("clips", "why"),
    [
        ([voice(ANNA), voice(ANNA), SILENCE], "clip 3: only silence: say a whole sentence"),
        ([voice(ANNA), voice(ANNA, 0.4)], "clip 2: only 0.4 s of speech"),
        ([voice(ANNA)], r"2\.0 s of speech in all, and 5 s are needed"),
        ([voice(ANNA), voice(ANNA), voice(BEN)], "clip 3 does not sound like the other"),
    ],
)
def test_recordings_that_are_no_use(tmp_path: Path, clips: list[Samples], why: str) -> None:
    with pytest.raises(EnrolmentError, match=why):
        enrol("Anna", recordings(*clips), SpectralEncoder(), Voiceprints(tmp_path))
    assert not list(tmp_path.iterdir())


def test_speech_part_is_from_the_first_to_the_last_sound() -> None:
    quiet = np.zeros(RATE_HZ, np.float32)
    clip = np.concatenate([quiet, voice(ANNA, 1.0), quiet, voice(ANNA, 0.5), quiet])
    part = speech_part(clip)
    assert part.speech_s == pytest.approx(1.5, abs=0.05)
    assert len(part.samples) / RATE_HZ == pytest.approx(3.0, abs=0.05)
