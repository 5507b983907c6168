"""The recogniser on real recordings, noise and silence."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.stt import SphinxConfig
from marvin.errors import ModelLoadError
from marvin.stt.sphinx.sphinx import SphinxTranscriber
from marvin.types import RATE_HZ, Endpoint, Patterns, Samples, Transcript, Utterance
from tests.paths import DATA, SAMPLES

needs_recordings = pytest.mark.skipif(
    not DATA.is_dir(), reason="no real recordings in ../shared/data"
)

HOME = Patterns(
    (
        "turn (on|off) [the] (lights|{lamp}) [in [the] {room}]",
        "set [the] {lamp} brightness to {percent} percent",
        "(set|start) a timer for {minutes} minutes",
        "(set|start) a timer for {hours} hours and {minutes} minutes",
        "(cancel|pause|resume) all timers",
        "timer status",
        "(lock|unlock) [the] {door}",
        "is [the] {door} (locked|open)",
        "(open|close) [the] (curtains|garage door)",
        "(what's|what is) the (time|date|weather|temperature|outdoor humidity)",
        "(activate|start) [the] (mood lighting|movie night)",
        "add {item} to [my] shopping list",
        "(next|previous|pause|resume|stop)",
    ),
    {
        "lamp": ("bed light", "office lamp", "floor lamp"),
        "room": ("office", "kitchen", "bedroom", "living room"),
        "door": ("front door", "back door"),
        "item": ("milk", "bread", "apples", "orange juice"),
        "percent": range(101),
        "minutes": range(1, 60),
        "hours": range(1, 25),
    },
)


@pytest.fixture(scope="module")
def transcriber() -> SphinxTranscriber:
    return SphinxTranscriber.load(SphinxConfig(), HOME)


def hear(transcriber: SphinxTranscriber, samples: Samples) -> Transcript:
    utterance = Utterance(samples, 0, 1.0, Endpoint.SILENCE)
    return transcriber.transcribe(utterance, CancelToken())


def recording(name: str | Path) -> Samples:
    """A recording at the pipeline's sample rate."""
    import soundfile
    import soxr

    samples, rate_hz = soundfile.read(DATA / name, dtype="float32", always_2d=True)
    resampled: Samples = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ)
    return resampled.astype(np.float32)


def after_wake_word(samples: Samples) -> Samples:
    wake = recording("wake/marvin_from_stream/marvin_24ad3ebe_4s.wav")
    wake *= np.float32(np.std(samples) / np.std(wake))
    return np.concatenate([wake, np.zeros(RATE_HZ // 5, np.float32), samples])


@needs_recordings
@pytest.mark.parametrize("prepare", [lambda samples: samples, after_wake_word])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("is the Front Door locked", "is the front door locked"),
        ("turn off lights in the Office", "turn off lights in the office"),
        ("what is the Outdoor Humidity", "what is the outdoor humidity"),
        (
            "set a timer for 3 hours and 10 minutes",
            "set a timer for three hours and ten minutes",
        ),
        ("timer status", "timer status"),
        ("resume", "resume"),
    ],
)
def test_real_commands_are_understood(
    transcriber: SphinxTranscriber, name: str, text: str, prepare: Callable[[Samples], Samples]
) -> None:
    transcript = hear(transcriber, prepare(recording(f"speech-en/ha_commands/{name}.wav")))
    assert transcript.text == text
    assert transcript.confidence >= 0.5


@needs_recordings
@pytest.mark.parametrize(
    "name",
    [
        "speech-en/ha_commands/oov_2.wav",
        "speech-en/ha_commands/oov_4.wav",
        "speech-en/cmu_arctic/cmu_arctic_us_aew_a0001.wav",
        "speech-en/cards/003.wav",
        "speech-en/this_is_a_test.wav",
        "speech-en/speechbrain/spk1_snt4.wav",
        "speech-en/librivox/sense_and_sensibility_01_austen_64kb-0880.wav",
    ],
)
def test_other_speech_is_not_taken_for_a_command(transcriber: SphinxTranscriber, name: str) -> None:
    transcript = hear(transcriber, recording(name))
    assert transcript.text == ""
    assert transcript.confidence < 0.5


@needs_recordings
def test_only_an_interrupted_command_is_unfinished(
    transcriber: SphinxTranscriber,
) -> None:
    whole = recording("speech-en/ha_commands/set a timer for 3 hours and 10 minutes.wav")
    # "Set a timer for three hours and".
    begun = np.concatenate([whole[: 2 * RATE_HZ], np.zeros(RATE_HZ // 5, np.float32)])
    assert not hear(transcriber, whole).unfinished
    broken_off = hear(transcriber, begun)
    assert (broken_off.text, broken_off.unfinished) == ("", True)


@needs_recordings
def test_wake_word_alone_is_an_empty_transcript(transcriber: SphinxTranscriber) -> None:
    wake = recording("wake/marvin_from_stream/marvin_24ad3ebe_4s.wav")
    samples = np.concatenate([wake, np.zeros(RATE_HZ // 2, np.float32)])
    assert hear(transcriber, samples) == Transcript("", confidence=1.0)


@needs_recordings
def test_wake_word_may_be_repeated(transcriber: SphinxTranscriber) -> None:
    samples = recording("speech-en/ha_commands/turn off lights in the Office.wav")
    called = after_wake_word(samples)
    again = np.concatenate([called[: -len(samples)], called])
    assert hear(transcriber, again).text == "turn off lights in the office"


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.ones(100, np.float32),
        np.zeros(RATE_HZ, np.float32),
        np.full(RATE_HZ, 0.00001, np.float32),
    ],
    ids=["empty", "short", "silent", "faint"],
)
def test_silence_is_an_empty_transcript(transcriber: SphinxTranscriber, samples: Samples) -> None:
    assert hear(transcriber, samples) == Transcript("", confidence=1.0)


@pytest.mark.parametrize("length_s", [0.15, 0.5, 3.0])
def test_noise_is_not_a_command(transcriber: SphinxTranscriber, length_s: float) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, int(length_s * RATE_HZ)).astype(np.float32)
    assert hear(transcriber, noise).text == ""
    tone = np.sin(np.arange(int(length_s * RATE_HZ)) * 0.2).astype(np.float32)
    assert hear(transcriber, tone).text == ""


def test_cancelled_call_stops(transcriber: SphinxTranscriber) -> None:
    token = CancelToken()
    token.cancel()
    utterance = Utterance(np.ones(RATE_HZ, np.float32), 0, 1.0, Endpoint.SILENCE)
    with pytest.raises(Cancelled):
        transcriber.transcribe(utterance, token)


def test_unknown_words_get_a_pronunciation() -> None:
    asked = []

    def pronounce(word: str) -> str:
        asked.append(word)
        return "mavikon"

    SphinxTranscriber.load(SphinxConfig(), Patterns(("play marvickon",)), pronounce=pronounce)
    assert asked == ["marvickon"]


@pytest.mark.parametrize("pronounce", [None, lambda word: ""])
def test_word_without_pronunciation_is_named(pronounce: Callable[[str], str] | None) -> None:
    patterns = Patterns(("lights on", "play [the] {song}"), {"song": ("marvickon blues",)})
    with pytest.raises(ModelLoadError) as caught:
        SphinxTranscriber.load(SphinxConfig(), patterns, pronounce=pronounce)
    assert str(caught.value).startswith(
        "stt: no pronunciation for the word 'marvickon' in the sentence 'play [the] {song}'"
    )


def test_grammar_without_sentences_understands_nothing() -> None:
    transcriber = SphinxTranscriber.load(SphinxConfig(), Patterns(()))
    noise = np.random.default_rng(2).normal(0, 0.05, RATE_HZ).astype(np.float32)
    assert hear(transcriber, noise).text == ""


def test_other_sentences_are_learned(transcriber: SphinxTranscriber) -> None:
    """Home Assistant's names come when everything is loaded."""
    samples = recording(SAMPLES / "kitchen_light.wav")
    assert hear(transcriber, samples).text == ""
    learned = SphinxTranscriber.load(SphinxConfig(), HOME)
    learned.learn([replace(HOME, sentences=(*HOME.sentences, "turn on the kitchen light"))])
    assert hear(learned, samples).text == "turn on the kitchen light"


def test_decoding_can_be_stopped_between_two_pieces(transcriber: SphinxTranscriber) -> None:
    class Impatient(CancelToken):
        checks = 0

        def check(self) -> None:
            self.checks += 1
            if self.checks == 5:
                self.cancel()
            super().check()

    samples = np.random.default_rng(0).normal(0.0, 0.1, 2 * RATE_HZ).astype(np.float32)
    token = Impatient()
    with pytest.raises(Cancelled):
        transcriber.transcribe(Utterance(samples, 0, 2.0, Endpoint.SILENCE), token)
    assert token.checks == 5
    assert hear(transcriber, np.zeros(RATE_HZ, np.float32)).text == ""
