"""The Whisper engine on a checkpoint that knows four sentences: words, partials, times, lengths."""

from pathlib import Path

import numpy as np
import pytest

from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Partial, Samples, Transcript, Utterance
from tests.checkpoints.spoken_whisper import SECONDS, Clip, make_spoken_whisper, say
from tests.checkpoints.whisper import SENTENCES
from tests.stt.hearing import before_each

CALL, TIMER, LIGHT, STOP = SENTENCES
STEP_S = 0.3
"""Audio between partial transcripts in these tests."""


@pytest.fixture(scope="module")
def clips() -> dict[str, Clip]:
    return say()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, clips: dict[str, Clip]) -> Path:
    return make_spoken_whisper(tmp_path_factory.mktemp("spoken"), clips)


@pytest.fixture(scope="module")
def transcriber(folder: Path) -> WhisperTranscriber:
    return WhisperTranscriber.load(WhisperConfig(model=str(folder), word_times=True), CPU)


def utterance(samples: Samples, start: int = 0, speech_s: float = 1.0) -> Utterance:
    return Utterance(samples, start, speech_s, Endpoint.SILENCE)


def hear(transcriber: WhisperTranscriber, samples: Samples) -> Transcript:
    return transcriber.transcribe(utterance(samples), CancelToken())


def pause(length_s: float) -> Samples:
    rng = np.random.default_rng(3)
    return rng.normal(0.0, 0.0005, round(length_s * RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("before_s", [0.0, 0.45])
def test_learned_sentences_are_transcribed_exactly(
    transcriber: WhisperTranscriber, clips: dict[str, Clip], sentence: str, before_s: float
) -> None:
    samples = np.concatenate([pause(before_s), clips[sentence].samples, pause(0.3)])
    transcript = hear(transcriber, samples)
    assert transcript.text == sentence.removeprefix("Marvin, ")
    assert transcript.confidence > 0.9


def test_wake_word_alone_is_an_empty_transcript(
    transcriber: WhisperTranscriber, clips: dict[str, Clip]
) -> None:
    _, _, end = clips[CALL].words[0]
    samples = np.concatenate([clips[CALL].samples[:end], pause(0.5)])
    called = transcriber.transcribe(utterance(samples, speech_s=0.6), CancelToken())
    assert called == Transcript("", confidence=1.0)


def test_speech_without_words_was_not_understood(transcriber: WhisperTranscriber) -> None:
    noise = np.random.default_rng(5).normal(0.0, 0.003, 2 * RATE_HZ).astype(np.float32)
    said = transcriber.transcribe(utterance(noise), CancelToken())
    assert said == Transcript("", confidence=0.0)
    unheard = transcriber.transcribe(utterance(noise, speech_s=0.0), CancelToken())
    assert unheard == Transcript("", confidence=1.0)


def test_silence_is_told_apart_from_speech(
    transcriber: WhisperTranscriber, clips: dict[str, Clip]
) -> None:
    network, token = transcriber.network, CancelToken()
    speech = network.decode(network.encode(clips[LIGHT].samples, token), token, language="en")
    silence = network.decode(network.encode(pause(2.0), token), token, language="en")
    assert speech.no_speech < 0.1
    assert silence.no_speech > 0.9


@pytest.mark.parametrize("sentence", SENTENCES)
def test_partials_grow_to_the_same_text_and_retract_nothing(
    transcriber: WhisperTranscriber, clips: dict[str, Clip], sentence: str
) -> None:
    samples = np.concatenate([clips[sentence].samples, pause(2 * STEP_S)])
    step = round(STEP_S * RATE_HZ)
    partials: list[Partial] = []
    for end in range(step, len(samples) + 1, step):
        heard = utterance(samples[:end], start=SENTENCES.index(sentence))
        partials.append(transcriber.partial(heard, CancelToken()))
    final = hear(transcriber, samples).text
    assert partials[-1].text == final
    agreed = [partial.text[: partial.stable] for partial in partials]
    assert all(map(str.startswith, agreed[1:], agreed))
    assert all(final.startswith(text) for text in agreed)
    assert agreed[-1] == final.rstrip("?.")


def test_first_words_are_final_before_the_last_are_spoken(
    transcriber: WhisperTranscriber, clips: dict[str, Clip]
) -> None:
    clip = clips[TIMER]
    for _, _, end in clip.words[2:5]:
        partial = transcriber.partial(utterance(clip.samples[:end], start=7), CancelToken())
    assert partial.text.startswith("Set a timer for")
    assert partial.stable >= len("Set a timer")
    assert "hour" not in partial.text


def every_step(
    transcriber: WhisperTranscriber, samples: Samples
) -> tuple[list[Partial], Transcript, int]:
    """The partial transcripts, the final one, and the decoder steps for all of them."""
    steps: list[int] = []
    decoder = transcriber.network._model.model.decoder
    with before_each(decoder.layer_norm, lambda: steps.append(1)):
        partials = [
            transcriber.partial(utterance(samples[:end]), CancelToken())
            for end in range(RATE_HZ // 4, len(samples), RATE_HZ // 4)
        ]
        return partials, hear(transcriber, samples), len(steps)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_optimisation_changes_a_transcript(
    folder: Path, clips: dict[str, Clip], sentence: str
) -> None:
    def load(*, thin: bool, drafts: bool, own: bool) -> WhisperTranscriber:
        config = WhisperConfig(model=str(folder), thin_silence=thin, drafts=drafts, own_decoder=own)
        return WhisperTranscriber.load(config, CPU)

    samples = np.concatenate([clips[sentence].samples, pause(0.5)])
    wanted, text, most = every_step(load(thin=False, drafts=False, own=False), samples)
    assert text.text
    for thin, drafts, own in (
        (False, False, True),
        (True, False, True),
        (False, True, True),
        (True, True, True),
        (True, True, False),
    ):
        transcriber = load(thin=thin, drafts=drafts, own=own)
        partials, transcript, steps = every_step(transcriber, samples)
        assert partials == wanted
        assert transcript.text == text.text
        assert transcript.confidence == pytest.approx(text.confidence, abs=0.02)
        assert steps < most if drafts else steps == most


@pytest.mark.parametrize("before_s", [0.0, 0.4])
def test_words_have_times(
    transcriber: WhisperTranscriber, clips: dict[str, Clip], before_s: float
) -> None:
    clip = clips[TIMER]
    words = hear(transcriber, np.concatenate([pause(before_s), clip.samples])).words
    assert [word.text for word in words] == clip.text.split()
    for word, (_, begin, end) in zip(words, clip.words, strict=True):
        assert word.start_s <= before_s + begin / RATE_HZ + 0.25, word
        assert abs(word.end_s - before_s - end / RATE_HZ) <= 0.25, word


def test_wake_word_has_no_times(transcriber: WhisperTranscriber, clips: dict[str, Clip]) -> None:
    words = hear(transcriber, clips[CALL].samples).words
    assert [word.text for word in words] == ["what", "time", "is", "it?"]


def test_long_utterance_loses_and_doubles_no_word(
    transcriber: WhisperTranscriber, clips: dict[str, Clip]
) -> None:
    rng = np.random.default_rng(4)
    order = [sentence for _ in range(7) for sentence in rng.permutation(SENTENCES)]
    said: list[Samples] = []
    for sentence in order:
        said += [clips[sentence].samples, pause(rng.uniform(0.4, 0.8))]
    samples = np.concatenate(said)
    assert len(samples) > 12 * SECONDS * RATE_HZ
    transcript = hear(transcriber, samples)
    assert transcript.text == " ".join(order).removeprefix("Marvin, ")
    assert " ".join(word.text for word in transcript.words) == transcript.text
    times = [word.start_s for word in transcript.words]
    assert times == sorted(times)
    assert len(samples) / RATE_HZ - 2.0 < times[-1] < len(samples) / RATE_HZ
    partial = transcriber.partial(utterance(samples, start=9), CancelToken())
    assert partial.text == transcript.text


def test_silence_between_and_after_the_words_adds_none(
    transcriber: WhisperTranscriber, clips: dict[str, Clip]
) -> None:
    samples = np.concatenate(
        [clips[STOP].samples, pause(4.0 * SECONDS), clips[LIGHT].samples, pause(2.5 * SECONDS)]
    )
    assert hear(transcriber, samples).text == f"{STOP} {LIGHT}"
