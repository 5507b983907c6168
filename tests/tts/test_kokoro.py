"""A Kokoro of tones: phonemes, voices, clauses, layouts, cancelling, errors."""

# ruff: noqa: RUF001, RUF003 (phonemes are written in IPA)

import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from marvin.backends.pretrained.place import CPU
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tts import KokoroConfig
from marvin.errors import ModelLoadError, SynthesisError
from marvin.tts.kokoro.kokoro import KokoroSynthesizer
from tests.audio.sounds import pitch_hz as measured_hz
from tests.checkpoints import kokoro as tiny
from tests.checkpoints import voices
from tests.tts.conftest import Copied
from tests.tts.speaking import CancelledAt, check_sound, joined, say

pytest.importorskip("onnxruntime")

RATE_HZ = 24_000
TEXT = "It is ten past nine, and the kettle has boiled. Nobody is here."


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> KokoroConfig:
    return voices.kokoro(tmp_path_factory.mktemp("kokoro"))


@pytest.fixture(scope="module")
def voice(config: KokoroConfig) -> Iterator[KokoroSynthesizer]:
    with closing(KokoroSynthesizer.load(config, CPU)) as voice:
        yield voice


@pytest.fixture
def folder(config: KokoroConfig, copied: Copied) -> Path:
    return copied(config.model)


def loaded(config: KokoroConfig, **keys: object) -> KokoroSynthesizer:
    return KokoroSynthesizer.load(config.model_copy(update=keys), CPU)


def spoken(config: KokoroConfig, text: str, **keys: object) -> np.ndarray:
    with closing(loaded(config, **keys)) as voice:
        return joined(say(voice, text))


def test_each_phoneme_is_said_in_order(voice: KokoroSynthesizer) -> None:
    samples = joined(say(voice, "Fish."))
    frame = round(tiny.PHONEME_S * RATE_HZ)
    # "fˈɪʃ." behind the margin; stress is silent.
    head = round(0.03 * RATE_HZ)
    tones = [samples[head + at * frame : head + (at + 1) * frame] for at in (0, 2, 3)]
    for tone, phoneme in zip(tones, "fɪʃ", strict=True):
        assert measured_hz(tone, RATE_HZ) == pytest.approx(tiny.pitch_hz(phoneme), rel=0.05)


def test_it_speaks_clause_by_clause(voice: KokoroSynthesizer) -> None:
    voice.warm()
    voice._pace.work = 10.0
    chunks = say(voice, TEXT)
    check_sound(chunks, RATE_HZ)
    assert len(chunks) == 3


def test_without_early_audio_a_sentence_is_one_chunk(config: KokoroConfig) -> None:
    with closing(loaded(config, early_audio=False)) as voice:
        assert len(say(voice, TEXT)) == 1


def test_a_sentence_that_nobody_waits_for_is_not_cut(config: KokoroConfig) -> None:
    now_s = 100.0
    with closing(loaded(config)) as voice:
        voice._clock = lambda: now_s

        def clauses() -> int:
            voice._pace.work = 0.3
            return len(say(voice, "It is ten past nine, and it is warm."))

        assert clauses() == 2
        assert clauses() == 1, "the first is still being heard"
        now_s += 60.0
        assert clauses() == 2
        speech = voice.synthesize(TEXT, CancelToken())
        next(speech)
        speech.close()  # type: ignore[attr-defined]
        assert clauses() == 2, "what was interrupted is not heard"


def test_joins_are_silent_and_do_not_click(voice: KokoroSynthesizer) -> None:
    chunks = say(voice, TEXT)
    for before, after in pairwise(chunks):
        assert before.samples[-1] == after.samples[0] == 0.0
    steps = np.abs(np.diff(joined(chunks)))
    assert steps.max() < 0.15 * 2 * np.pi * 2000 / RATE_HZ


def test_the_style_is_that_of_the_number_of_phonemes(config: KokoroConfig) -> None:
    one = np.abs(spoken(config, "Fish.", voice="af_ramp")).max()
    more = np.abs(spoken(config, "Fish, fish, fish.", voice="af_ramp", early_audio=False)).max()
    assert one == pytest.approx(len("fˈɪʃ.") / 100, rel=0.01)
    assert more == pytest.approx(len("fˈɪʃ, fˈɪʃ, fˈɪʃ.") / 100, rel=0.01)


def test_a_mix_is_the_weighted_mean(config: KokoroConfig) -> None:
    loud = np.abs(spoken(config, "Fish.", voice="af_one")).max()
    mixed = np.abs(spoken(config, "Fish.", voice="af_one:1, bm_two:3")).max()
    assert mixed == pytest.approx(loud * (1 + 3 * 0.5) / 4, rel=0.01)


def test_warming_brings_a_voice_to_the_common_level(config: KokoroConfig) -> None:
    with closing(loaded(config, voice="bm_two")) as voice:
        voice.warm()
        assert np.abs(joined(say(voice, "Fish."))).max() == pytest.approx(tiny.LEVEL, rel=0.05)


@pytest.mark.parametrize(("speed", "factor"), [(0.5, 2.0), (2.0, 0.5)])
def test_speed_changes_the_tempo(config: KokoroConfig, speed: float, factor: float) -> None:
    margins = round(0.03 * RATE_HZ) + round((0.06 + 0.24) * RATE_HZ)
    normal = len(spoken(config, TEXT, early_audio=False)) - margins
    changed = len(spoken(config, TEXT, early_audio=False, speed=speed)) - margins
    assert changed == pytest.approx(normal * factor, rel=0.05)


@pytest.mark.parametrize(
    ("name", "reads"), [("af_one", "en"), ("bm_two", "en"), ("ef_dora", "es"), ("pm_alex", "pt")]
)
def test_the_first_letter_is_the_language(name: str, reads: str) -> None:
    assert KokoroConfig(voice=name).reads == reads


def test_british_voices_speak_british_english(config: KokoroConfig) -> None:
    american, british = (
        len(spoken(config, "No", voice=f"{first}, {second}:0.5"))
        for first, second in (("af_one", "bm_two"), ("bm_two", "af_one"))
    )
    assert american == british
    with closing(loaded(config, voice="bm_two")) as voice:
        assert voice._phonemes("No") == "nˈQ"
    with closing(loaded(config, voice="af_one")) as voice:
        assert voice._phonemes("No") == "nˈO"


@pytest.mark.parametrize("text", ["", " \n", "🙂🤖", "...", "?!", "\u200b"])
def test_nothing_to_say_gives_no_chunks(voice: KokoroSynthesizer, text: str) -> None:
    assert say(voice, text) == []


@pytest.mark.parametrize(
    "text", ["a\0b\ud800", "x" * 300, "9" * 200, "<b>yes</b> &amp;", "Ça va, Zoë?"]
)
def test_odd_text_does_no_harm(voice: KokoroSynthesizer, text: str) -> None:
    check_sound(say(voice, text), RATE_HZ)


@pytest.mark.parametrize(("text", "script"), [("Привет, Anna", "Cyrillic"), ("你好", "CJK")])
def test_another_script_is_an_error(voice: KokoroSynthesizer, text: str, script: str) -> None:
    with pytest.raises(SynthesisError, match=rf"tts\.voice = 'af_one' cannot read {script}"):
        say(voice, text)
    assert say(voice, "Yes, π and 你.")


def test_more_phonemes_than_the_network_takes_are_several_runs(voice: KokoroSynthesizer) -> None:
    text = "1234567890 " * 14
    assert len(voice._phonemes(text.strip())) > 510
    with closing(loaded(voice._config, early_audio=False)) as whole:
        assert len(joined(say(whole, text))) > 600 * tiny.PHONEME_S * RATE_HZ


def test_a_cancelled_token_says_nothing(voice: KokoroSynthesizer) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(voice.synthesize(TEXT, token))


def test_cancel_stops_between_clauses(voice: KokoroSynthesizer) -> None:
    voice._pace.work = 10.0
    patient = CancelledAt(-1)
    assert len(list(voice.synthesize(TEXT, patient))) == 3
    for check in range(2, patient.checks + 1):
        voice._pace.work = 10.0
        token = CancelledAt(check)
        with pytest.raises(Cancelled):
            list(voice.synthesize(TEXT, token))
        assert token.checks == check
    assert say(voice, "Yes.")


def test_a_dead_espeak_process_is_started_again(voice: KokoroSynthesizer) -> None:
    before = joined(say(voice, "Fish."))
    voice._espeak.close()
    assert np.array_equal(before, joined(say(voice, "Fish.")))


def test_a_broken_espeak_is_an_error(
    voice: KokoroSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.backends.espeak.process._SERVER", Path("/nowhere/server.py"))
    voice._espeak.close()
    with pytest.raises(SynthesisError, match="does not start"):
        say(voice, "Fish.")
    monkeypatch.undo()
    assert say(voice, "Fish.")


def test_nothing_is_left_running(config: KokoroConfig) -> None:
    before = threading.active_count()
    voice = loaded(config)
    assert say(voice, "Fish.")
    voice.close()
    voice.close()
    assert threading.active_count() <= before + 1


def test_voice_of_another_language_shares_the_network(config: KokoroConfig, folder: Path) -> None:
    (folder / "voices" / "ff_siwis.bin").write_bytes(
        (folder / "voices" / "af_one.bin").read_bytes()
    )
    with closing(loaded(config, model=str(folder))) as english:
        french = english.in_language("fr")
        assert french is not None
        assert french.language == "fr"
        check_sound(say(french, "Bonjour."), RATE_HZ)
        assert english.in_language("de") is None
        with pytest.raises(ModelLoadError, match="if_sara"):
            english.in_language("it")
