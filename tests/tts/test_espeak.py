"""espeak-ng in its own process: real speech, and faults of that process."""

# ruff: noqa: RUF001 (phonemes are written in IPA)

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from marvin.backends.espeak.process import EspeakProcess
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tts import EspeakConfig
from marvin.errors import ModelLoadError, SynthesisError
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import AudioChunk, Samples

LONG = "This sentence goes on and on and on. " * 2_000


@pytest.fixture(scope="module")
def process() -> Iterator[EspeakProcess]:
    process = EspeakProcess()
    yield process
    process.close()


@pytest.fixture
def voice(process: EspeakProcess) -> EspeakSynthesizer:
    return EspeakSynthesizer(process, "en-gb")


def say(voice: EspeakSynthesizer, text: str) -> list[AudioChunk]:
    return list(voice.synthesize(text, CancelToken()))


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


def kill(process: EspeakProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)


def test_speech_has_a_plausible_level_and_length(voice: EspeakSynthesizer) -> None:
    chunks = say(voice, "It is ten minutes past nine on Monday morning.")
    samples = joined(chunks)
    assert {chunk.rate_hz for chunk in chunks} == {22_050}
    assert [chunk.start for chunk in chunks[1:]] == [chunk.end for chunk in chunks[:-1]]
    assert 2.0 < len(samples) / 22_050 < 5.0
    assert 0.4 < np.abs(samples).max() < 0.75
    speech = samples[np.abs(samples) > 0.01]
    assert -24 < 20 * np.log10(np.sqrt(np.mean(speech**2))) < -16


def test_speech_begins_and_ends_without_a_click(voice: EspeakSynthesizer) -> None:
    for text in ("It is ten past nine.", "All right", "A timer for five minutes."):
        samples = joined(say(voice, text))
        assert abs(samples[0]) < 0.01
        assert abs(samples[-1]) < 0.001


def test_audio_arrives_while_the_rest_is_synthesised(voice: EspeakSynthesizer) -> None:
    speech = voice.synthesize(LONG, CancelToken())
    assert 0 < len(next(speech).samples) < 22_050
    speech.close()  # type: ignore[attr-defined]
    assert say(voice, "Yes.")


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_text_without_words_gives_no_chunks(voice: EspeakSynthesizer, text: str) -> None:
    assert say(voice, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "🙂🤖",
        "a\0b",
        "\ud800 broken",
        "<speak><break time='5s'/>no markup</speak>",
        "[[h@'loU]]",
        "你好 مرحبا Привет",
        "\x01\x02\x1b[31m",
        "x" * 5_000,
        "…—–“”",
        "%s %n {0}",
    ],
)
def test_odd_text_is_harmless(voice: EspeakSynthesizer, process: EspeakProcess, text: str) -> None:
    say(voice, "warm")
    starts = process.starts
    say(voice, text)
    assert say(voice, "Still here.")
    assert process.starts == starts


def test_markup_is_read_and_not_obeyed(voice: EspeakSynthesizer) -> None:
    assert len(joined(say(voice, "<break time='9s'/>"))) < 5 * 22_050


def test_cancel_stops_at_once_and_the_process_stays(
    voice: EspeakSynthesizer, process: EspeakProcess
) -> None:
    say(voice, "warm")
    starts = process.starts
    token = CancelToken()
    speech = voice.synthesize(LONG, token)
    next(speech)
    token.cancel()
    # It does not reach the end of LONG.
    with pytest.raises(Cancelled):
        for _ in speech:
            pass
    assert say(voice, "Next.")
    assert process.starts == starts


def test_cancelled_token_says_nothing(voice: EspeakSynthesizer) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(iter(voice.synthesize("Hello", token)))


def test_cancel_works_while_the_process_hangs(
    voice: EspeakSynthesizer, process: EspeakProcess
) -> None:
    say(voice, "warm")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    token = CancelToken()
    threading.Timer(0.1, token.cancel).start()
    with pytest.raises(Cancelled):
        next(iter(voice.synthesize("Hello", token)))
    assert say(voice, "Back.")


def test_process_that_died_between_sentences_is_restarted(
    voice: EspeakSynthesizer, process: EspeakProcess
) -> None:
    whole = len(joined(say(voice, "Hello again.")))
    starts = process.starts
    kill(process)
    assert len(joined(say(voice, "Hello again."))) == pytest.approx(whole, rel=0.02)
    assert process.starts == starts + 1


def test_process_that_dies_in_a_sentence_ends_only_that_sentence(
    voice: EspeakSynthesizer, process: EspeakProcess
) -> None:
    speech = voice.synthesize(LONG, CancelToken())
    next(speech)
    kill(process)
    with pytest.raises(SynthesisError, match=r"no speech: the espeak-ng process died"):
        for _ in speech:
            pass
    assert say(voice, "Hello again.")


def test_process_that_always_dies_is_an_error(
    voice: EspeakSynthesizer, process: EspeakProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.backends.espeak.process._SERVER", Path("/nowhere/server.py"))
    process.close()
    with pytest.raises(SynthesisError, match="does not start"):
        say(voice, "Hello")
    monkeypatch.undo()
    assert say(voice, "Hello")


@pytest.mark.parametrize("name", ["en-gb", "en-us", "de", "EN-US", "en_us", "cmn", "en-gb+f3"])
def test_voices_speak(process: EspeakProcess, name: str) -> None:
    assert len(joined(say(EspeakSynthesizer(process, name), "1 2 3"))) > 5_000


def test_variants_sound_different(process: EspeakProcess) -> None:
    one = joined(say(EspeakSynthesizer(process, "en-gb"), "Hello"))
    other = joined(say(EspeakSynthesizer(process, "en-gb+f3"), "Hello"))
    assert len(one) != len(other) or not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("en-bg", r"did you mean en-gb.*\d\d\d languages"),
        ("en-gb+f9", r"did you mean en-gb\+f"),
        ("klingonese", r"no voice 'klingonese'"),
        ("fo", "no voice 'fo'"),
    ],
)
def test_unknown_voice_gets_suggestions(name: str, message: str) -> None:
    with pytest.raises(ModelLoadError, match=rf"tts\.voice: .*{message}"):
        EspeakSynthesizer.load(EspeakConfig(voice=name))


def test_speaking_rate_is_configurable(voice: EspeakSynthesizer) -> None:
    fast = EspeakSynthesizer.load(EspeakConfig(words_per_minute=300))
    text = "This is a sentence of some length."
    assert len(joined(say(fast, text))) < 0.75 * len(joined(say(voice, text)))
    fast.close()
    fast.close()


def test_phonemes_of_words(process: EspeakProcess) -> None:
    assert process.phonemes("marvin") == "mˈɑːɹvɪn"
    assert process.phonemes("Haus", "de") == "hˈaʊs"
    assert process.phonemes("lamp, haus") == "lˈæmp hˈaʊs"
    assert process.phonemes("") == ""


def test_phonemes_survive_a_dead_process(process: EspeakProcess) -> None:
    process.phonemes("warm")
    kill(process)
    assert process.phonemes("lamp") == "lˈæmp"


def test_phonemes_work_after_an_unfinished_text(
    voice: EspeakSynthesizer, process: EspeakProcess
) -> None:
    speech = voice.synthesize(LONG, CancelToken())
    next(speech)
    assert process.phonemes("lamp") == "lˈæmp"


def test_the_list_of_voices(process: EspeakProcess) -> None:
    voices = process.voices()
    assert {"en-gb", "de", "fr", "+f3", "+klatt"} <= set(voices)


_PARENT = """
import sys, time
from marvin.cancellation import CancelToken
from marvin.backends.espeak.process import EspeakProcess
process = EspeakProcess()
process.start()
speech = process.speak("word " * 100_000, "en-gb", CancelToken())
if sys.argv[1] == "speaking":
    next(speech)
print(process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("doing", ["idle", "speaking"])
def test_espeak_process_ends_when_marvin_is_killed(doing: str) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT, doing], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 300
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        # An unreaped zombie is not alive.
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_library_is_never_loaded_into_marvin(voice: EspeakSynthesizer) -> None:
    say(voice, "warm")
    assert "libespeak" not in Path("/proc/self/maps").read_text()
