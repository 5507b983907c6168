"""What the doctor says about Wyoming servers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from marvin.config.stt import WyomingTranscriberConfig
from marvin.config.tables import Config
from marvin.config.tts import WyomingSpeechConfig
from marvin.config.wake import WyomingWakeConfig
from marvin.workshop.doctor import wyoming_servers
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.wyoming_servers import wyoming_lanes, wyoming_server
from tests.workshop.doctor.described import described
from tests.wyoming_service import HEARING, SPEAKING, WAKING, WyomingService


def test_servers_are_asked_what_they_offer(tmp_path: Path) -> None:
    with (
        WyomingService(HEARING, {}) as hearing,
        WyomingService(SPEAKING, {}) as speaking,
        WyomingService(WAKING, {}) as waking,
    ):
        config = Config(
            stt=WyomingTranscriberConfig(url=hearing.url),
            tts=WyomingSpeechConfig(url=speaking.url, voice="en_US-jo"),
            wake=WyomingWakeConfig(url=waking.url),
        )
        system = replace(described(tmp_path), version=lambda name: "1")
        found = {one.name: one for one in examine(wyoming_lanes(Patient(system, config)))}
    assert found["stt server"].text == f"{hearing.url} answers: whisperer, models: 1"
    assert found["wake server"].text == f"{waking.url} answers: waker, models: 2"
    assert found["tts server"].level is Level.FAIL
    assert "has no 'en_US-jo'; it has en_US-joe" in found["tts server"].text


def test_missing_package_is_told_once(tmp_path: Path) -> None:
    system = replace(described(tmp_path), version=lambda name: None)
    assert wyoming_lanes(Patient(system, Config(stt=WyomingTranscriberConfig()))) == []


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ({"describe": ()}, "accepts connections, but does not answer"),
        (
            {"describe": (b"HTTP/1.1 400 Bad Request\r\n",)},
            "sent a web page instead of what it off",
        ),
        ({"describe": ("close",)}, "closed the connection early"),
    ],
)
def test_server_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, script: Any, text: str
) -> None:
    monkeypatch.setattr(wyoming_servers, "stretched", lambda limit_s: limit_s / 50)
    with WyomingService(HEARING, script) as at:
        found = wyoming_server("stt", WyomingTranscriberConfig(url=at.url))
    assert found.level is Level.FAIL
    assert text in found.text


def test_server_that_is_down() -> None:
    found = wyoming_server("stt", WyomingTranscriberConfig(url="tcp://127.0.0.1:9"))
    assert found.level is Level.FAIL
    assert "nothing answers at tcp://127.0.0.1:9" in found.text
