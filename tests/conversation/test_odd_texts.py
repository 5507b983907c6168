"""Strange texts spoken by every transformers voice, through `speak` as in `marvin say`."""

from pathlib import Path

import pytest

from marvin.config.tables import Config, TurnConfig
from marvin.config.tts import SynthesizerConfig
from marvin.errors import SynthesisError
from marvin.service.one_shot import speak
from tests.checkpoints import voices
from tests.fakes import FakeSink

LONG = ("The quick brown fox jumps over the lazy dog, then it sleeps. " * 25)[:1_500]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voices")


@pytest.fixture(scope="module", params=["speecht5", "mms", "bark"])
def voice(request: pytest.FixtureRequest, folder: Path) -> Config:
    return config(folder, request.param)


def config(folder: Path, engine: str) -> Config:
    """A configuration with nothing left to measure."""
    table: SynthesizerConfig = getattr(voices, engine)(folder / engine)
    known = {"device": "cpu", "dtype": "float32"}
    # However busy the machine is.
    return Config(tts=table.model_copy(update=known), turn=TurnConfig(synthesis_s=300.0))


@pytest.fixture(autouse=True)
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


async def spoken_s(config: Config, text: str) -> float:
    sink = FakeSink()
    await speak(config, text, sink)
    return sum(chunk.duration_s for chunk in sink.played)


async def test_emoji_alone_are_silence(voice: Config) -> None:
    assert await spoken_s(voice, "🎉😀") == 0.0


async def test_no_text_is_silence(folder: Path) -> None:
    assert await spoken_s(config(folder, "mms"), "") == 0.0


async def test_long_text_is_spoken_to_the_end(folder: Path) -> None:
    table = config(folder, "mms").tts.model_copy(update={"speaking_rate": 4.0})
    voice = config(folder, "mms").model_copy(update={"tts": table})
    short_s = await spoken_s(voice, LONG[:120])
    assert await spoken_s(voice, LONG) > 10 * short_s > 0.0


async def test_unknown_script_is_one_message_with_its_key(voice: Config) -> None:
    with pytest.raises(
        SynthesisError, match=r"^tts\.model = .* cannot read CJK; try another model"
    ):
        await spoken_s(voice, "今天天气怎么样")
