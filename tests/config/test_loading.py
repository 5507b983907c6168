"""models.toml: the effective values, and the messages when they are wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from marvin.config import load_config
from marvin.config.explain import explain
from marvin.config.generate import generate
from marvin.config.llm import ChatConfig, NoLanguageModelConfig, TransformersConfig
from marvin.config.loading import shipped_path
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.config.tts import EspeakConfig
from marvin.errors import ConfigError

Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep tests away from the configuration of the user who runs them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    return tmp_path / "config" / "marvin"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert raised.value.exit_code == 78
    return str(raised.value).replace(str(path), "FILE").splitlines()


def test_shipped_file_matches_the_code() -> None:
    assert shipped_path().read_text() == generate()
    assert load_config().config == Config()


def test_every_key_has_a_comment_and_a_default() -> None:
    lines = shipped_path().read_text().partition("# Profiles")[0].splitlines()
    keys = [at for at, line in enumerate(lines) if " = " in line and not line.startswith("# ")]
    assert len(keys) > 40
    assert all(lines[at - 1].startswith("# ") for at in keys)


def test_user_s_file_overrides_the_shipped_one(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "models.toml").write_text('[tts]\nvoice = "en-us"\n')
    loaded = load_config()
    assert loaded.config.tts == EspeakConfig(voice="en-us")
    assert loaded.origins["tts", "voice"] == str(home / "models.toml")


def test_environment_names_a_file_and_the_option_takes_precedence(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[audio]\nvolume = 0.25\n")
    monkeypatch.setenv("MARVIN_CONFIG", str(other))
    assert load_config().config.audio.volume == 0.25
    assert load_config(write("[audio]\nvolume = 0.5\n")).config.audio.volume == 0.5


def test_profile_overrides_the_shipped_values_and_the_user_s_take_precedence(write: Write) -> None:
    path = write("""
        profile = "quiet"
        [tts]
        pitch = 10
        [profiles.quiet.audio]
        volume = 0.2
        [profiles.quiet.tts]
        words_per_minute = 120
    """)
    loaded = load_config(path)
    assert (loaded.profile, loaded.config.audio.volume) == ("quiet", 0.2)
    assert loaded.config.tts == EspeakConfig(pitch=10, words_per_minute=120)
    assert load_config(path, profile="embedded").config.audio.volume == 1.0


def test_every_problem_is_reported_at_once_with_its_file_and_key(write: Write) -> None:
    assert problems(
        write("""
        profil = "auto"
        [wake]
        treshold = 0.4
        threshold = 3.0
        [vad]
        engine = "silero"
        [turn]
        max_s = "long"
        [[skills.commands]]
        sentenses = ["a"]
        """)
    ) == [
        "FILE: wake.threshold: 3.0 should be less than or equal to 1",
        "FILE: wake.treshold: unknown key (did you mean 'threshold'?)",
        "FILE: vad.engine: 'silero' is not known (there is: webrtc)",
        "FILE: turn.max_s: 'long' should be a number",
        "FILE: skills.commands[0].sentences: is missing",
        "FILE: skills.commands[0].sentenses: unknown key (did you mean 'sentences'?)",
        "FILE: profil: unknown key (did you mean 'profile'?)",
    ]


def test_unknown_profile_is_named(write: Write) -> None:
    assert problems(write('profile = "embeded"\n[wake]\nhop = 1\n')) == [
        "FILE: profile: no profile 'embeded' (did you mean 'embedded'?)",
        "FILE: wake.hop: unknown key (there is: engine, label, model, threshold, verify, "
        "candidate, window_samples, hop_samples, calm_hops, own_network, smoothing, patience, "
        "refractory_s, voice_hangover_s, speaking_threshold)",
    ]


def test_another_engine_has_its_own_keys(write: Write) -> None:
    path = write("""
        [stt]
        engine = "whisper"
        model = "openai/whisper-tiny.en"
        [llm]
        engine = "chat"
        base_url = "http://localhost:11434/v1"
        [[llm.fallbacks]]
        engine = "transformers"
        max_tokens = 20
        [[llm.fallbacks]]
        engine = "none"
    """)
    loaded = load_config(path)
    assert loaded.config.stt == WhisperConfig(model="openai/whisper-tiny.en")
    assert loaded.config.llm == ChatConfig(
        base_url="http://localhost:11434/v1",
        fallbacks=(TransformersConfig(max_tokens=20), NoLanguageModelConfig()),
    )
    shown = write(explain(loaded))
    assert load_config(shown).config == loaded.config


def test_engine_problems_are_named_as_the_user_wrote_them(write: Write) -> None:
    assert problems(
        write("""
        [vad]
        webrtc = 3
        [stt]
        engine = "wisper"
        [llm]
        engine = "chat"
        modle = "x"
        [[llm.fallbacks]]
        engine = "chat"
        base_ur = "x"
        [[llm.fallbacks]]
        engine = "non"
        [[llm.fallbacks]]
        model = "x"
        [tts]
        engine = "mms"
        speaking_rate = 100
        dtype = "double"
        pitch = 10
        """)
    ) == [
        "FILE: vad.webrtc: unknown key (there is: engine, aggressiveness)",
        "FILE: stt.engine: 'wisper' is not known (did you mean 'whisper'?)",
        "FILE: llm.fallbacks[0].base_ur: unknown key (did you mean 'base_url'?)",
        "FILE: llm.fallbacks[1].engine: 'non' is not known (did you mean 'none'?)",
        "FILE: llm.fallbacks[2].engine: is missing",
        "FILE: llm.modle: unknown key (did you mean 'model'?)",
        "FILE: tts.dtype: 'double' is not known; this version has 'auto', 'float32', 'bfloat16', "
        "'float16' or 'int8'",
        "FILE: tts.speaking_rate: 100 should be less than or equal to 4",
        "FILE: tts.pitch: unknown key (there is: engine, revision, device, dtype, idle_unload_s, "
        "model, speaking_rate, noise_scale, noise_scale_duration, seed, "
        "early_audio)",
    ]


def test_key_with_its_engine_s_name_is_unknown(write: Write) -> None:
    wake, stt = problems(write("[wake]\nast = 1\n[stt]\nsphinx = 1\n"))
    assert wake.startswith("FILE: wake.ast: unknown key (there is: engine, label, model, ")
    assert stt == "FILE: stt.sphinx: unknown key (there is: engine, confidence)"


def test_table_in_place_of_a_value_and_the_reverse_are_refused(write: Write) -> None:
    found = problems(write("wake = 3\n[tts.voice]\nname = 'x'\n"))
    assert [line.split(": ")[1] for line in found] == ["wake", "tts.voice"]


def test_profile_that_is_not_a_table_is_named(write: Write) -> None:
    wrong = problems(write('profile = "mine"\n[profiles]\nmine = 3\n'))
    assert "FILE: profiles.mine" in wrong[0]


def test_malformed_profile_name_is_unknown(write: Write) -> None:
    assert problems(write("profile = [1]\n"))[0].startswith("FILE: profile: no profile '[1]'")


def test_missing_or_malformed_file_is_named(write: Write, tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert problems(missing) == ["FILE: no such file (named by --config)"]
    assert problems(write("wake = [")) == ["FILE: not TOML: Invalid value (at end of document)"]
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert problems(binary) == ["FILE: not a text file in UTF-8"]
    assert problems(tmp_path) == ["FILE: cannot be read: Is a directory"]


def test_effective_configuration_is_shown_with_origins_and_can_be_read_back(
    write: Write, tmp_path: Path
) -> None:
    path = write("""
        [tts]
        voice = "de"
        [skills.lists]
        lamp = ["bed light"]
        [[skills.commands]]
        sentences = ["light {lamp}"]
        say = 'It says "on"'
    """)
    loaded = load_config(path)
    text = explain(loaded)
    assert f'voice = "de"{" " * 36}  # {path}' in text
    assert "pitch = 45" in text
    shown = tmp_path / "shown.toml"
    shown.write_text(text)
    assert load_config(shown).config == loaded.config


def test_each_value_shows_its_origin(write: Write) -> None:
    path = write("""
        [profiles.mine.stt]
        engine = "whisper"
        [tts]
        voice = "de"
        [skills.lists]
        lamp = ["bed light"]
        [profiles.mine.skills.lists]
        room = ["kitchen"]
    """)
    lines = explain(load_config(path, profile="mine")).splitlines()

    def origin(key: str) -> str:
        return next(line for line in lines if line.startswith(key)).partition("  # ")[2].strip()

    assert origin('profile = "mine"') == "--profile"
    assert origin("lists = ") == f"{path}; profile mine, {path}"
    assert origin("voice = ") == str(path)
    assert origin("pitch = ") == "shipped models.toml"
    # A key shared with another engine does not take the value written for that engine.
    assert origin('engine = "whisper"') == f"profile mine, {path}"
    shown = explain(load_config(path))
    assert 'profile = "auto"                                  # shipped models.toml' in shown
