"""Makes a voiceprint of a few recorded sentences, and refuses what would not be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from marvin.cancellation import CancelToken
from marvin.errors import EnrolmentError
from marvin.languages.translation import translatable
from marvin.speaker_id.speaker_identifier import SpeakerEncoder
from marvin.speaker_id.speech_part import speech_part
from marvin.speaker_id.voiceprints import Voiceprint, Voiceprints, checked_name
from marvin.types import Samples

SENTENCES = (
    translatable("Marvin, add milk, bread and a dozen eggs to my shopping list."),
    translatable("Marvin, wake me at half past seven tomorrow, because I have to catch a train."),
    translatable(
        "Marvin, set a timer for twenty minutes and tell me what the weather will be like."
    ),
)
"""What to read aloud."""
LEAST_S = 1.0
"""Of speech in each recording."""
_LEAST_IN_ALL_S = 5.0
_SAME_PERSON = 0.35
"""Minimum likeness of a recording to the others. They are from one person, who may have coughed."""
_TOO_ALIKE = 0.6
"""Likeness of two voices at which commands could not be told apart."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A spoken sentence at RATE_HZ."""

    title: str
    """How messages call it: its file, or its number."""
    samples: Samples


def spoken_s(recording: Recording) -> float:
    """Seconds of speech in it. Raises EnrolmentError if they are too few."""
    found_s = speech_part(recording.samples).speech_s
    if found_s < LEAST_S:
        found = f"only {found_s:.1f} s of speech" if found_s else "only silence"
        raise EnrolmentError(
            f"{recording.title}: {found}: say a whole sentence, close to the microphone"
        )
    return found_s


def enrol(
    name: str,
    recordings: Sequence[Recording],
    encoder: SpeakerEncoder,
    voiceprints: Voiceprints,
) -> Voiceprint:
    """Store the voice in the recordings under a name, in place of an earlier one.

    Raises:
        EnrolmentError: There is too little speech, the recordings are of several people, or the
            voice is too much like another that is enrolled.
    """
    name = checked_name(name)
    total_s = sum(map(spoken_s, recordings))
    if total_s < _LEAST_IN_ALL_S:
        raise EnrolmentError(
            f"{total_s:.1f} s of speech in all, and {_LEAST_IN_ALL_S:g} s are needed: "
            "three sentences of different words"
        )
    token = CancelToken()
    embeddings = [
        encoder.embed(speech_part(recording.samples).samples, token) for recording in recordings
    ]
    _refuse_several_people(recordings, embeddings)
    known = {one.name.casefold(): one for one in voiceprints.known()}
    before = known.pop(name.casefold(), None)
    voice = Voiceprint(
        name,
        encoder.model,
        tuple(map(float, _mean(embeddings))),
        None if before is None else before.volume,
    )
    _refuse_second_name(voice, known.values())
    voiceprints.save(voice)
    return voice


def _refuse_several_people(recordings: Sequence[Recording], embeddings: Sequence[Samples]) -> None:
    for at, (recording, embedding) in enumerate(zip(recordings, embeddings, strict=True)):
        others = [*embeddings[:at], *embeddings[at + 1 :]]
        if others and float(_mean(others) @ embedding) < _SAME_PERSON:
            raise EnrolmentError(
                f"{recording.title} does not sound like the other recordings: is it somebody "
                "else, or is there music or noise? Record it again"
            )


def _refuse_second_name(voice: Voiceprint, others: Iterable[Voiceprint]) -> None:
    embedding = np.array(voice.embedding, np.float32)
    for other in others:
        if other.model == voice.model and other.likeness(embedding) >= _TOO_ALIKE:
            raise EnrolmentError(
                f"this voice is enrolled as {other.name}, or too much like it to be told apart: "
                f'`marvin voices remove "{other.name}"` first, if it is the same person'
            )


def _mean(embeddings: Sequence[Samples]) -> Samples:
    total = np.sum(embeddings, axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)
