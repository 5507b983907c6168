"""French commands on published weights: by the skills' sentences, and by a detected language."""

from pathlib import Path

import pytest

from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tables import LANGUAGES
from marvin.skills.text import canonical
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Patterns, Transcript, Utterance
from tests.paths import DATA
from tests.published import published

COMMANDS = DATA / "speech-xx" / "fr_ha_commands"
PATTERNS = Patterns(
    (
        "(ouvre|ferme) [tous] les (volets|rideaux)",
        "minuteur {number} (minutes|secondes)",
        "(allume|éteins) [toutes] les lumières",
    ),
    {"number": range(1, 100)},
    language="fr",
)

pytestmark = pytest.mark.skipif(not COMMANDS.is_dir(), reason="no recordings in ../shared/data")


@pytest.fixture(scope="module")
def model() -> Path:
    return published("whisper-base")


@pytest.fixture(scope="module")
def french(model: Path) -> WhisperTranscriber:
    config = WhisperConfig(model=str(model), language="fr")
    transcriber = WhisperTranscriber.load(config, CPU, patterns=PATTERNS)
    transcriber.warm()
    return transcriber


def hear(transcriber: WhisperTranscriber, name: str, last: str = "") -> Transcript:
    import soundfile
    import soxr

    samples, rate_hz = soundfile.read(COMMANDS / f"{name}.wav", dtype="float32")
    samples = soxr.resample(samples, rate_hz, RATE_HZ).astype("float32")
    utterance = Utterance(samples, 0, 1.0, Endpoint.SILENCE, language=last)
    return transcriber.transcribe(utterance, CancelToken())


@pytest.mark.parametrize("said", ["ferme tous les volets", "minuteur 20 secondes"])
def test_command_is_heard_by_the_skills_sentences(french: WhisperTranscriber, said: str) -> None:
    assert canonical(hear(french, said).text) == said


def test_command_in_a_detected_language_is_heard_by_its_sentences(model: Path) -> None:
    config = WhisperConfig(model=str(model), language="auto")
    english = Patterns(("close the shutters",))
    transcriber = WhisperTranscriber.load(config, CPU, patterns=english, other_patterns=[PATTERNS])
    said = "ferme tous les volets"
    assert canonical(hear(transcriber, said, last="en").text) == said


def test_other_words_are_heard_by_free_text(french: WhisperTranscriber) -> None:
    assert hear(french, "quel temps fait-il").text == "Quel temps fait-il ?"


def test_short_word_does_not_change_the_language(model: Path) -> None:
    config = WhisperConfig(model=str(model), language="auto", grammar=False)
    english, *others = (Patterns((), language=code) for code in LANGUAGES)
    transcriber = WhisperTranscriber.load(config, CPU, patterns=english, other_patterns=others)
    assert hear(transcriber, "pause").language != "fr"
    assert hear(transcriber, "pause", last="fr").language == "fr"
    assert hear(transcriber, "allume la lumière", last="de").language == "fr"
