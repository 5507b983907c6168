"""Whisper prefers a sentence of the skills that fits the audio as well as the free text."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.accuracy.grammar_clips import babble, mixed
from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.engines.registry import load_transcriber
from marvin.errors import ConfigError
from marvin.skills.skillset import Skillset
from marvin.stt.whisper.known_sentences import ENDS
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Patterns, Samples, Transcript, Utterance
from tests.paths import DATA
from tests.published import published
from tests.stt.hearing import OPEN, before_each, noise

PATTERNS = Patterns(("turn the light (on|off)", "stop"))

recordings = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recordings of shared/data are not on this machine"
)


def load(folder: Path, patterns: Patterns | None = PATTERNS, **keys: Any) -> WhisperTranscriber:
    config = WhisperConfig(model=str(folder), **(OPEN | keys))
    return WhisperTranscriber.load(config, CPU, patterns=patterns)


def hear(transcriber: WhisperTranscriber, samples: Samples) -> Transcript:
    return transcriber.transcribe(Utterance(samples, 0, 1.0, Endpoint.SILENCE), CancelToken())


def steps_of(transcriber: WhisperTranscriber, samples: Samples) -> tuple[Transcript, int]:
    """The transcript, and how often the decoder has run."""
    steps = []
    layer = transcriber.network._model.model.decoder.layers[0].fc1
    with before_each(layer, lambda: steps.append(1)):
        return hear(transcriber, samples), len(steps)


def test_engines_pass_the_sentences_of_the_skills(folder: Path) -> None:
    skills = SkillsConfig()
    for grammar in (True, False):
        stt = WhisperConfig(model=str(folder), grammar=grammar)
        transcriber = load_transcriber(Config(stt=stt, skills=skills), Skillset.load(skills), CPU)
        assert isinstance(transcriber, WhisperTranscriber)
        assert ("en" in transcriber._known) is grammar


def test_other_sentences_are_learned(folder: Path) -> None:
    transcriber = load(folder)
    transcriber.warm()
    before = transcriber._known["en"]._graph
    transcriber.learn(
        [Patterns(("open the (attic|cellar)",)), Patterns(("arr\u00eate",), language="fr")]
    )
    known = transcriber._known
    assert list(known) == ["en"]
    assert known["en"]._graph is not before
    assert known["en"]._silence is not None, "it stays warm"


def test_off_is_what_it_is_without_sentences(folder: Path) -> None:
    for seed in range(3):
        samples = np.random.default_rng(seed).normal(0.0, 0.1, RATE_HZ).astype(np.float32)
        off = steps_of(load(folder, grammar=False), samples)
        assert off == steps_of(load(folder, None), samples)
        assert off[1] > 0


def test_only_english_has_sentences(folder: Path) -> None:
    other = steps_of(load(folder, language="de"), noise())
    assert other == steps_of(load(folder, None, language="de"), noise())


def test_partial_transcripts_are_free_text(folder: Path) -> None:
    begun = Utterance(noise(), 0, 1.0, Endpoint.NONE)
    on, off = load(folder), load(folder, grammar=False)
    assert on.partial(begun, CancelToken()) == off.partial(begun, CancelToken())


def test_a_wrong_sentence_is_an_error(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"no list \{hous\}"):
        load(folder, Patterns(("wait {hous}",), {"hours": range(5)}))


def test_a_grammar_without_sentences_changes_nothing(folder: Path) -> None:
    assert hear(load(folder, Patterns(())), noise()) == hear(load(folder, None), noise())


@pytest.fixture(scope="module")
def base() -> str:
    return str(published("whisper-base"))


@pytest.fixture(scope="module")
def whisper(base: str) -> WhisperTranscriber:
    patterns = Skillset.load(SkillsConfig()).patterns()
    more = (
        "turn (on|off) [the] {light}",
        "activate [the] {scene}",
        "(what is|what's) the weather",
        "timer status",
        "resume",
        "open all [the] windows",
        "set [the] {light} brightness to {percent} percent",
    )
    lists: dict[str, tuple[str, ...] | range] = {
        "light": ("living room lamp", "living room light", "bed light"),
        "scene": ("mood lighting", "movie night"),
        "percent": range(101),
    }
    patterns = Patterns(
        patterns.sentences + more, {**patterns.lists, **lists}, patterns.rules, patterns.answers
    )
    return WhisperTranscriber.load(WhisperConfig(model=base), CPU, patterns=patterns)


def recording(name: str) -> Samples:
    import soundfile
    import soxr

    samples, rate_hz = soundfile.read(DATA / name, dtype="float32", always_2d=True)
    resampled: Samples = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ)
    return resampled.astype(np.float32)


@recordings
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("speech-en/ha_commands/activate Mood Lighting.wav", "activate mood lighting"),
        ("speech-en/ha_commands/cancel all timers.wav", "cancel all timers"),
        ("speech-en/ha_commands/timer status.wav", "timer status"),
        (
            "speech-en/ha_commands/set Bed Light brightness to 50 percent.wav",
            "set bed light brightness to 50%",
        ),
        (
            "speech-en/ha_commands/set a timer for 3 hours and 10 minutes.wav",
            "set a timer for 3 hours and 10 minutes",
        ),
    ],
)
def test_commands_are_heard_by_what_can_be_said(
    whisper: WhisperTranscriber, name: str, text: str
) -> None:
    transcript = hear(whisper, recording(name))
    assert transcript.text.rstrip(".!?").lower() == text


@recordings
def test_what_may_have_been_said_as_well_is_an_alternative(whisper: WhisperTranscriber) -> None:
    clear = recording("speech-en/ha_commands/what's the weather.wav")
    noise = np.random.default_rng(1).normal(0.0, np.std(clear), len(clear)).astype(np.float32)
    transcript = hear(whisper, clear + noise)
    assert transcript.text == "What's the weather?"
    assert transcript.alternatives == ("what is the weather",)


@recordings
def test_command_after_which_the_free_text_stops_at_the_wake_word(
    whisper: WhisperTranscriber,
) -> None:
    call = recording("wake/marvin/mlcommons_marvin_617de221_0.wav")
    command = recording("speech-en/ha_commands/timer status.wav")
    assert hear(whisper, np.pad(call, (0, RATE_HZ))).text == ""
    spliced = np.concatenate([call * np.float32(command.std() / call.std()), command])
    assert hear(whisper, spliced).text.rstrip(".").lower() == "timer status"


@recordings
def test_sentence_may_have_other_words_than_a_free_text_that_is_nonsense(
    whisper: WhisperTranscriber, base: str
) -> None:
    readers = sorted((DATA / "speech-en" / "librispeech_test_other").rglob("*.flac"))[:5]
    people = babble([recording(str(path.relative_to(DATA))) for path in readers])
    samples = mixed(recording("speech-en/ha_commands/resume.wav"), people)
    free = WhisperTranscriber.load(WhisperConfig(model=base, grammar=False), CPU)
    assert "resume" not in hear(free, samples).text.lower()
    assert hear(whisper, samples).text.rstrip(".").lower() == "resume"


@recordings
@pytest.mark.parametrize(
    ("text", "whole"), [(" Set a timer for 5 minutes.", True), (" Set a timer.", False)]
)
def test_beginning_of_another_sentence_is_not_where_the_text_ends(
    whisper: WhisperTranscriber, text: str, whole: bool
) -> None:
    known = whisper._known["en"]
    samples = recording("speech-en/ha_commands/set a timer for 5 minutes.wav")
    tokens = tuple(whisper._tokenizer(text, add_special_tokens=False)["input_ids"])
    encoded = whisper.network.encode(samples, CancelToken())
    ends = known._ends(encoded, tokens)
    assert (ends >= ENDS) is whole


def test_misheard_wake_phrase_is_no_part_of_the_sentence(whisper: WhisperTranscriber) -> None:
    known = whisper._known["en"]
    tokens = whisper._tokenizer(" More than resume.", add_special_tokens=False)["input_ids"]
    opening, rest = known._opened(tokens, said=True)
    assert (whisper._tokenizer.decode(opening), rest) == (" More than", "resume.")
    assert known._opened(tokens, said=False) == ((), "More than resume.")


@recordings
@pytest.mark.parametrize(
    "name",
    [
        "speech-en/jfk.wav",
        "speech-en/ha_commands/oov_2.wav",
        # Whisper, told that it is English, hears "open all the windows".
        "speech-xx/fr_ha_commands/ouvre tous les volets.wav",
    ],
)
def test_other_speech_is_heard_as_without(
    whisper: WhisperTranscriber, base: str, name: str
) -> None:
    free = WhisperTranscriber.load(WhisperConfig(model=base, grammar=False), CPU)
    samples = recording(name)
    assert hear(whisper, samples) == hear(free, samples)


@recordings
@pytest.mark.parametrize("name", ["2_jackson_0", "0_theo_3"])
def test_thanks_that_whisper_makes_up_are_not_taken_for_the_sentence(
    whisper: WhisperTranscriber, base: str, name: str
) -> None:
    free = WhisperTranscriber.load(WhisperConfig(model=base, grammar=False), CPU)
    digit = recording(f"speech-en/fsdd/{name}.wav")
    assert hear(free, digit).text == "Thank you."
    assert (hear(whisper, digit).text, hear(whisper, digit).confidence) == ("", 0.0)
