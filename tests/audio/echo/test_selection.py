"""What removes the echo, by what there is."""

from collections.abc import Iterator

import pytest

from marvin.audio.echo import speexdsp
from marvin.audio.echo.canceller import EchoCanceller
from marvin.audio.echo.selection import load_canceller
from marvin.config.tables import AudioConfig


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(speexdsp, "_NAMES", {"linux": "libmissing.so.1"})
    speexdsp.library.cache_clear()
    yield
    speexdsp.library.cache_clear()


@pytest.mark.usefixtures("no_library")
def test_without_the_library_there_is_none() -> None:
    assert speexdsp.library() is None
    assert load_canceller(AudioConfig(input="microphone")) is None


def test_it_can_be_turned_off() -> None:
    assert load_canceller(AudioConfig(input="microphone", echo="off")) is None


@pytest.mark.parametrize("source", ["echo-cancel", "Jabra Speakerphone"])
def test_source_that_cancels_needs_no_second_one(source: str) -> None:
    assert load_canceller(AudioConfig(input=source)) is None


def test_with_the_library_it_is_chosen() -> None:
    if speexdsp.library() is None:
        pytest.skip("libspeexdsp1 is not installed")
    assert isinstance(load_canceller(AudioConfig(input="microphone")), EchoCanceller)
