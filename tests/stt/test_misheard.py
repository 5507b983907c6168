"""Speech that a grammar could misrecognise is heard correctly, marked ambiguous, or rejected."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.config.stt import SphinxConfig
from marvin.config.tables import SkillsConfig
from marvin.skills.skillset import Skillset
from marvin.stt.sphinx.sphinx import SphinxTranscriber
from marvin.types import RATE_HZ, Endpoint, Transcript, Utterance

pytestmark = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")

VOICES = ("slt", "rms", "awb", "kal16")


@pytest.fixture(scope="module")
def transcriber(tmp_path_factory: pytest.TempPathFactory) -> SphinxTranscriber:
    config = SkillsConfig(state_dir=tmp_path_factory.mktemp("state"))
    return SphinxTranscriber.load(SphinxConfig(), Skillset.load(config).patterns())


def hear(transcriber: SphinxTranscriber, voice: str, text: str, folder: Path) -> Transcript:
    import soundfile

    path = folder / "said.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
    samples, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == RATE_HZ
    said = np.pad(samples, RATE_HZ // 2)
    return transcriber.transcribe(Utterance(said, 0, 2.0, Endpoint.SILENCE), CancelToken())


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    "text",
    [
        "set a timer for thirteen minutes",
        "set a timer for eighteen minutes",
        "set a timer for nineteen minutes",
        "set a timer for two hours and fifteen minutes",
        "remind me in fifteen minutes",
        "remind me in seventeen minutes",
        "remind me in thirteen minutes",
        "set a timer for an hour and fifteen minutes",
        "set a timer for two and a half hours",
        "how many cups in a litre",
        "add fifteen minutes to the timer",
        "set a timer for sixteen minutes",
        "set a timer for seventy seconds",
        "set a timer for forty hours",
        "set a timer for one thirty",
        "what is thirteen plus thirty",
        "what is three point five plus two",
        "what is half of ninety",
        "turn the volume up",
        "turn the volume down",
        "pause the timer",
        "start a timer for six hours",
        "start a six minute timer",
        "start a forty six minute timer",
        "start a sixty two minute timer",
    ],
)
def test_wrong_number_or_word_is_never_certain(
    transcriber: SphinxTranscriber, voice: str, text: str, tmp_path: Path
) -> None:
    heard = hear(transcriber, voice, text, tmp_path)
    assert heard.text in ("", text, text.replace("litre", "liter")) or heard.alternatives


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    "text",
    [
        "what is five feet six inches in centimetres",
        "set a timer for the chicken",
        "cancel the dentist appointment",
        "how many people live in germany",
        "wake me up at sunrise",
        "remind me at five to call mom",
        "where did i park the car",
        "tell my wife i will be late",
        "the meeting starts in fifteen minutes",
    ],
)
def test_other_speech_is_not_forced_into_a_command(
    transcriber: SphinxTranscriber, voice: str, text: str, tmp_path: Path
) -> None:
    heard = hear(transcriber, voice, text, tmp_path)
    assert heard.text == "" or heard.alternatives


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    "text",
    [
        "what time is it",
        "how long is left",
        "what is seven times eight",
        "remind me in forty nine minutes",
        "set a timer for fifty nine seconds",
        "set a timer for seventy nine seconds",
        "remind me in ninety three minutes",
        "when is my next alarm",
    ],
)
def test_clear_commands_are_understood_without_ambiguity(
    transcriber: SphinxTranscriber, voice: str, text: str, tmp_path: Path
) -> None:
    heard = hear(transcriber, voice, text, tmp_path)
    assert (heard.text, heard.alternatives) == (text, ())


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_name_may_be_repeated(
    transcriber: SphinxTranscriber, voice: str, times: int, tmp_path: Path
) -> None:
    said = "Marvin, " * times + "what day is it?"
    assert hear(transcriber, voice, said, tmp_path).text == "what day is it"
