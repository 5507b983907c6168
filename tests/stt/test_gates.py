"""Gates that reject hallucinated text, each with its own limit."""

from dataclasses import replace
from typing import Any

import pytest

from marvin.stt.gates import GateLimits, compression_ratio, most_repeats, reject

LIMITS = GateLimits(
    min_log_probability=-1.0,
    max_compression_ratio=2.4,
    max_repeats=3,
    min_speech_s=0.2,
    max_no_speech=0.6,
)
LOOP = "I'm going to go to the store and buy some milk and eggs. " * 3


def test_real_speech_passes_every_gate() -> None:
    reason = reject("What time is it?", LIMITS, log_probability=-0.2, no_speech=0.1)
    assert reason is None


@pytest.mark.parametrize(
    ("text", "evidence", "open_gate", "said"),
    [
        ("Yes.", {"log_probability": -1.01}, {"min_log_probability": -2.0}, "log-probability"),
        (
            "Thank you.",
            {"log_probability": -0.6, "no_speech": 0.61},
            {"max_no_speech": 0.7},
            "no speech",
        ),
        (LOOP, {"log_probability": -0.2}, {"max_compression_ratio": 10.0}, "compression ratio 2.8"),
        ("No no no no.", {"log_probability": -0.2}, {"max_repeats": 4}, "4 times"),
    ],
)
def test_each_gate_rejects_at_its_own_limit(
    text: str, evidence: dict[str, float], open_gate: dict[str, Any], said: str
) -> None:
    reason = reject(text, LIMITS, **evidence)
    assert reason is not None
    assert said in reason
    assert reject(text, replace(LIMITS, **open_gate), **evidence) is None


@pytest.mark.parametrize(
    "text",
    [
        "Untertitel der Amara.org-Community",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Subtítulos realizados por la comunidad de Amara.org",
        "Sous-titrage Société Radio-Canada par Claude",
        "Sottotitoli creati dalla comunità Amara.org",
        "Sottotitoli e revisione a cura di QTSS",
        "Ondertiteld door de Amara.org gemeenschap",
    ],
)
def test_credits_of_subtitles_are_no_speech(text: str) -> None:
    assert "credits" in (reject(text, LIMITS, log_probability=-0.1) or "")


@pytest.mark.parametrize("text", ["Untertitel an", "Mets les sous-titres", "Sottotitoli"])
def test_subtitles_may_be_asked_for(text: str) -> None:
    assert reject(text, LIMITS, log_probability=-0.1) is None


def test_confident_words_pass_despite_a_high_no_speech_probability() -> None:
    assert reject("Stop.", LIMITS, log_probability=-0.4, no_speech=0.95) is None


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("", 0),
        ("...", 0),
        ("stop", 1),
        ("No, no, NO!", 3),
        ("set a timer set a timer for one minute", 2),
        ("and then and then and then and then it ended", 4),
        ("one two one two two", 2),
        ("it's its it's", 1),
        ("谢谢谢谢谢谢", 6),
        ("谢谢大家谢谢大家", 2),
    ],
)
def test_repeated_words_are_counted(text: str, times: int) -> None:
    assert most_repeats(text) == times


def test_very_long_text_is_checked_quickly() -> None:
    assert most_repeats(" ".join(map(str, range(50_000)))) == 1


def test_short_text_does_not_compress() -> None:
    assert compression_ratio("") < 1.0
    assert compression_ratio("What time is it?") < 1.0
    assert compression_ratio("ha " * 100) > 10.0
