"""What `language` sets, and what the user's own keys keep."""

from collections.abc import Callable
from pathlib import Path

import pytest

from marvin.config import load_config
from marvin.config.explain import explain
from marvin.config.loading import load_profiles
from marvin.config.profiles import MachineSummary, best_ready
from marvin.config.stt import OpenAITranscriberConfig, WhisperConfig
from marvin.config.tables import AUTO, LANGUAGES, Config
from marvin.config.tts import BarkConfig, EspeakConfig, KokoroConfig, MmsConfig
from marvin.engines.registry import wake_phrases
from marvin.errors import ConfigError

Load = Callable[[str], Config]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def load(write: Callable[[str], Path]) -> Load:
    return lambda text: load_config(write(text)).config


@pytest.mark.parametrize("code", [*LANGUAGES[1:], AUTO])
@pytest.mark.parametrize("profile", ["gpu", "laptop", "starter", "pi"])
def test_recogniser_knows_the_language(load: Load, code: str, profile: str) -> None:
    stt = load(f'language = "{code}"\nprofile = "{profile}"').stt
    assert isinstance(stt, WhisperConfig)
    assert stt.language == code
    assert not stt.model.endswith(".en")


@pytest.mark.parametrize(
    ("profile", "code", "voice"),
    [
        ("pi", "de", EspeakConfig(voice="de")),
        ("laptop", "nl", EspeakConfig(voice="nl")),
        ("starter", "de", EspeakConfig(voice="de")),
        ("starter", "fr", KokoroConfig(voice="ff_siwis")),
        ("starter", "es", KokoroConfig(voice="ef_dora")),
        ("starter", "it", KokoroConfig(voice="if_sara")),
        ("starter", "auto", KokoroConfig()),
    ],
)
def test_voice_speaks_the_language(load: Load, profile: str, code: str, voice: object) -> None:
    assert load(f'language = "{code}"\nprofile = "{profile}"').tts == voice


@pytest.mark.parametrize(
    ("engine", "table"),
    [
        ("mms", MmsConfig(model="facebook/mms-tts-deu")),
        ("bark", BarkConfig(voice_preset="v2/de_speaker_6")),
    ],
)
def test_chosen_engine_gets_a_voice_of_the_language(load: Load, engine: str, table: object) -> None:
    text = f'language = "de"\nprofile = "starter"\n[tts]\nengine = "{engine}"'
    assert load(text).tts == table


def test_keys_of_the_user_take_precedence(write: Callable[[str], Path]) -> None:
    loaded = load_config(
        write("""
            language = "fr"
            profile = "starter"
            [stt]
            engine = "openai"
            language = "it"
            [tts]
            voice = "af_heart"
        """)
    )
    assert loaded.config.stt == OpenAITranscriberConfig(language="it")
    assert loaded.config.tts == KokoroConfig(voice="af_heart")
    (notice,) = loaded.notices
    assert "reads 'en', but language = 'fr'" in notice
    assert notice in explain(loaded)


def test_origin_of_a_key_is_the_language(write: Callable[[str], Path]) -> None:
    loaded = load_config(write('language = "de"\nprofile = "laptop"'))
    assert loaded.origins["stt", "model"] == loaded.origins["tts", "voice"] == 'language = "de"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('language = "deutsch"', "language: 'deutsch' should be one of en, de, es, fr, it, nl, or"),
        ("language = 3", "language: 3 should be text"),
        (
            'language = "de"\nprofile = "embedded"',
            "stt.engine = 'sphinx' knows English only: use a",
        ),
        (
            'language = "auto"\nprofile = "pi"\n[stt]\nengine = "moonshine"',
            "stt.engine = 'moonshine' knows English only",
        ),
        (
            'language = "it"\nprofile = "pi"\n[stt]\nmodel = "openai/whisper-tiny.en"',
            "stt.model = 'openai/whisper-tiny.en' knows English only: use 'openai/whisper-tiny'",
        ),
    ],
)
def test_mistake_says_what_to_do(load: Load, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(text)
    assert message in str(error.value)


def test_folder_beside_the_users_own_is_not_recommended(load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "whisper-tiny.en"
    folder.mkdir()
    with pytest.raises(ConfigError, match="knows English only: use a multilingual one"):
        load(f'language = "de"\n[stt]\nengine = "whisper"\nmodel = "{folder}"')


def test_auto_asks_for_a_model_that_knows_the_language(write: Callable[[str], Path]) -> None:
    candidates, _ = load_profiles(write('language = "de"'))
    assert "knows English only" in candidates["embedded"].wrong
    choice = best_ready(candidates, MachineSummary(4.0, gpu=False))
    assert choice.name == "starter"
    assert "`marvin models pull starter`" in choice.why


def test_without_the_key_nothing_changes(load: Load) -> None:
    assert load('profile = "laptop"') == load('profile = "laptop"\nlanguage = "en"')
    german = load('profile = "starter"\n[stt]\nlanguage = "de"')
    assert isinstance(german.stt, WhisperConfig)
    assert german.stt.language == "de"
    assert german.languages == ("en",)


def test_name_may_follow_a_greeting_of_the_language() -> None:
    assert "hallo marvin" in wake_phrases(Config(language="de"))
    assert "hallo marvin" not in wake_phrases(Config())
