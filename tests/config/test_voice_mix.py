"""Kokoro's voices and mixes in models.toml."""

import pytest
from pydantic import ValidationError

from marvin.config.tts import KokoroConfig
from marvin.config.voice_mix import espeak_voice, shares


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("af_heart", {"af_heart": 1.0}),
        ("af_heart:0.7, bf_emma:0.3", {"af_heart": 0.7, "bf_emma": 0.3}),
        ("af_heart:3,bf_emma:1", {"af_heart": 0.75, "bf_emma": 0.25}),
        ("af_heart, bf_emma", {"af_heart": 0.5, "bf_emma": 0.5}),
    ],
)
def test_shares_add_up_to_one(text: str, expected: dict[str, float]) -> None:
    assert shares(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "should be a voice"),
        ("af_heart,", "should be a voice"),
        ("../secret", "should be a voice"),
        ("af_heart:x", "share of 'af_heart' should be a number above 0, not 'x'"),
        ("af_heart:0", "above 0"),
        ("af_heart:nan", "above 0"),
        ("jf_alpha", "'jf_alpha' speaks Japanese"),
        ("zf_xiaobei:2, af_heart", "speaks Chinese"),
    ],
)
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        espeak_voice(text)
    with pytest.raises(ValidationError):
        KokoroConfig(voice=text)


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("af_heart", "en-us"),
        ("bm_george", "en-gb"),
        ("pf_dora", "pt-br"),
        ("af_heart:1, bf_emma:2", "en-gb"),
        ("jf_alpha:1, af_heart:2", "en-us"),
        ("my-own", "en-us"),
    ],
)
def test_the_largest_share_decides_the_language(text: str, voice: str) -> None:
    assert espeak_voice(text) == voice
