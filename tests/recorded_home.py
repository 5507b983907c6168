"""What a real Home Assistant (2025.4.4) answered, and a server that answers like it."""

import json
from pathlib import Path
from typing import Any

from marvin.backends.home_assistant.home_names import HomeNames
from marvin.config.home_assistant import HomeAssistantConfig
from tests.faulty_server import Answer

ANSWERS: dict[str, Any] = json.loads((Path(__file__).parent / "recorded_home.json").read_text())
"""By text, as `make test-home-assistant` gets them too."""
TOKEN = "a-token-from-the-profile"
NAMES = HomeNames(
    areas=("Kitchen", "Bedroom"),
    things=("Kitchen light", "Bedroom lamp", "Stop", "Timer"),
    lights=("Kitchen light", "Bedroom lamp", "Stop"),
)


def said(text: str, **more: Any) -> Answer:
    """Its true answer to a text."""
    return Answer.json({**ANSWERS[text], **more})


def home_config(url: str, **keys: Any) -> HomeAssistantConfig:
    return HomeAssistantConfig.model_validate({"url": url, **keys})
