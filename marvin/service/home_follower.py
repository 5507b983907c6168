"""The user's Home Assistant: what the mind asks, and its names, which are kept up to date."""

from collections.abc import Callable

from marvin.backends.home_assistant.home_server import HomeAssistantServer
from marvin.config.tables import Config
from marvin.mind.home import Home


def home_of(config: Config, notify: Callable[[str, str], None]) -> Home | None:
    """Raises ConfigError."""
    table = config.home_assistant
    if table.url is None:
        return None
    server = HomeAssistantServer(table)
    return Home(server, table, lambda message: notify("home_assistant", message))
