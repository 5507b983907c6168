"""Whether Home Assistant answers, accepts the token and can hold a conversation."""

import asyncio
from functools import partial
from importlib.util import find_spec

from marvin.backends.home_assistant.home_server import HomeAssistantServer
from marvin.backends.home_assistant.names_fetching import EXTRA
from marvin.boundary.redaction import redact
from marvin.config.home_assistant import HomeAssistantConfig
from marvin.errors import HomeAssistantError
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patience import stretched
from marvin.workshop.doctor.patient import Patient

NAME = "home_assistant"
_ANSWER_S = 3.0
_LIMIT_S = 4.0
_LONGEST_VERSION = 40


def home_checks(patient: Patient) -> Lane:
    """Nothing without a Home Assistant."""
    table = patient.config.home_assistant
    return (Check(NAME, partial(home, table), _LIMIT_S),) if table.url is not None else ()


def home(table: HomeAssistantConfig) -> Finding:
    """Raises ConfigError."""
    server = HomeAssistantServer(table)
    server.timeout_s = stretched(_ANSWER_S)
    try:
        found = asyncio.run(server.get("/api/config"))
    except HomeAssistantError as error:
        return fail(NAME, str(error), "marvin config  (the key above)")
    version = found.get("version") if isinstance(found, dict) else None
    parts = found.get("components") if isinstance(found, dict) else None
    if not isinstance(version, str) or not isinstance(parts, list):
        text = f"home_assistant.url: {server.name} sent something else than its configuration"
        return fail(NAME, text, "marvin config  (home_assistant.url)")
    shown = redact("".join(filter(str.isprintable, version[:_LONGEST_VERSION])))
    text = f"{server.name} answers, version {shown}"
    if "conversation" not in parts:
        cure = "add `conversation:` or `default_config:` to its configuration.yaml"
        return fail(NAME, f"{text}, but has no conversation integration", cure)
    if table.names and find_spec("websockets") is None:
        return warn(NAME, f"{text}. {EXTRA}", "pip install 'marvin-voice[servers]'")
    return ok(NAME, text)
