"""`marvin voices`, with published weights and voices of espeak-ng."""

import json
import wave
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.cli.main import main
from marvin.config.speaker_id import EcapaConfig
from marvin.config.tts import EspeakConfig
from marvin.speaker_id.enrolment import SENTENCES
from marvin.speaker_id.voiceprints import Voiceprint, Voiceprints
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import Samples
from tests.paths import SAMPLES
from tests.published import published

ANNA = Voiceprint("Anna", EcapaConfig().model, (0.6, 0.8))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def voiceprints(home: Path) -> Voiceprints:
    return Voiceprints(home / "STATE" / "marvin" / "voices")


def configure(home: Path, text: str) -> None:
    file = home / "CONFIG" / "marvin" / "models.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)


def write(path: Path, samples: Samples, rate_hz: int, channels: int = 1) -> str:
    pcm = (np.repeat(samples[:, None], channels, axis=1) * 32767).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.tobytes())
    return str(path)


def spoken(voice: str) -> Iterator[tuple[Samples, int]]:
    """The sentences to read aloud, at espeak-ng's own rate."""
    with closing(EspeakSynthesizer.load(EspeakConfig(voice=voice))) as engine:
        for sentence in SENTENCES:
            chunks = list(engine.synthesize(sentence, CancelToken()))
            yield np.concatenate([chunk.samples for chunk in chunks]), chunks[0].rate_hz


def test_enrolled_tried_and_removed(
    home: Path, voiceprints: Voiceprints, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(home, f'[speaker_id]\nengine = "ecapa"\nmodel = "{published("ecapa")}"\n')
    files = []
    for name, voice in (("low", "en-gb"), ("high", "en-us+f3")):
        for at, (samples, rate_hz) in enumerate(spoken(voice)):
            files.append(write(home / f"{name}{at}.wav", samples, rate_hz))
    assert main(["voices", "add", "Low", "--from", *files[:2]]) == 0
    assert main(["voices", "add", "Low again", "--from", *files[:2]]) == 1
    assert main(["voices", "add", "High", "--from", *files[3:5]]) == 0
    assert main(["voices", "add", "High", "--from", *files[3:5]]) == 0
    shown = capsys.readouterr()
    assert shown.out == (
        "Low is enrolled.\nHigh is enrolled.\n"
        "High is enrolled again, in place of the earlier voice.\n"
    )
    assert "this voice is enrolled as Low" in shown.err

    samples, rate_hz = next(spoken("en-gb"))
    # Every second sample of 16 kHz and less: telephone quality, in stereo.
    phone = write(home / "phone.wav", samples[::2], rate_hz // 2, channels=2)
    silence = write(home / "silence.wav", np.zeros(16_000, np.float32), 16_000)
    assert main(["voices", "who", files[2], files[5], phone, silence]) == 0
    lines = [line.partition(": ")[2] for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("Low (likeness to Low 0.")
    assert lines[1].startswith("High (likeness to High 0.")
    assert lines[2].startswith(("Low (", "unknown ("))
    assert lines[3] == "unknown (less than 0.7 s of speech)"

    assert main(["voices", "remove", "low"]) == 0
    assert [one.name for one in voiceprints.known()] == ["High"]


def test_model_that_was_not_fetched(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = str(SAMPLES / "set_a_timer.wav")
    assert main(["voices", "add", "Anna", "--from", clip]) == 1
    error = capsys.readouterr().err
    assert "`marvin models pull speechbrain/spkrec-ecapa-voxceleb` fetches it" in error
    assert not (home / "STATE").exists()


def test_name_is_checked_before_anything_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "add", "../../x", "--from", "none.wav"]) == 1
    assert "'../../x' cannot be a name" in capsys.readouterr().err


def test_nobody_is_enrolled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "list"]) == 0
    assert capsys.readouterr().out == "No voices. `marvin voices add NAME` enrols one.\n"
    assert main(["voices", "who", str(SAMPLES / "set_a_timer.wav")]) == 1
    assert "nobody is enrolled" in capsys.readouterr().err


def test_volume_of_a_person(voiceprints: Voiceprints, capsys: pytest.CaptureFixture[str]) -> None:
    voiceprints.save(ANNA)
    assert main(["voices", "volume", "anna", "40"]) == 0
    assert main(["voices", "list", "--json"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "Replies to Anna are played at 40%."
    assert json.loads(shown[1]) == [{"name": "Anna", "volume": 0.4}]
    assert main(["voices", "volume", "Anna", "same"]) == 0
    assert voiceprints.named("Anna").volume is None


def test_voice_of_another_model(
    home: Path, voiceprints: Voiceprints, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(home, f'[speaker_id]\nengine = "ecapa"\nmodel = "{published("ecapa")}"\n')
    voiceprints.save(ANNA)
    assert main(["voices", "list"]) == 0
    assert main(["voices", "who", str(SAMPLES / "set_a_timer.wav")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Anna  enrolled with another model: enrol again"
    assert second.endswith("unknown (everybody is enrolled with another model: enrol again)")


@pytest.mark.parametrize("percent", ["101", "-1", "loud", "٣", "1e1"])
def test_volume_that_is_none(
    voiceprints: Voiceprints, capsys: pytest.CaptureFixture[str], percent: str
) -> None:
    voiceprints.save(ANNA)
    assert main(["voices", "volume", "Anna", "--", percent]) == 1
    assert "is no volume: a number from 0 to 100" in capsys.readouterr().err


def test_damaged_file_is_named(
    voiceprints: Voiceprints, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voiceprints.save(ANNA)
    (home / "STATE" / "marvin" / "voices" / "ben.json").write_text("{}")
    assert main(["voices", "list"]) == 1
    shown = capsys.readouterr()
    assert shown.out == "Anna\n"
    assert "ben.json is no enrolled voice" in shown.err
    assert main(["voices", "remove", "Ben"]) == 0


def test_unknown_skill_in_known_only(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(
        home,
        f'[speaker_id]\nengine = "ecapa"\nmodel = "{published("ecapa")}"\nknown_only = ["list"]\n',
    )
    assert main(["ask", "what time is it"]) == 78
    assert "speaker_id.known_only[0]: there is no skill 'list' (did you mean 'lists'?" in (
        capsys.readouterr().err
    )
