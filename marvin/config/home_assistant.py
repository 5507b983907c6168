"""The table [home_assistant]."""

from typing import Annotated

from pydantic import Field

from marvin.config.table import Address, Fraction, Table, Text


class HomeAssistantConfig(Table):
    """Your Home Assistant, which is asked what no skill understands."""

    url: Address | None = None
    """Its address, without a path. If not set, there is none."""
    token_env: Text = "HOME_ASSISTANT_TOKEN"
    """Environment variable that holds a long-lived access token (in Home Assistant: your profile,
    Security)."""
    agent: Text | None = None
    """Its conversation agent; if not set, the one that knows your devices."""
    mind: bool = False
    """Its answer counts, whatever it is: the language model is not used."""
    names: bool = True
    """The recogniser and the skills learn the names of its areas and of the devices that are
    exposed to Assist; needs the extra `servers`."""
    todo_lists: bool = False
    """Its to-do lists take the place of Marvin's own lists."""
    confidence: Fraction = 0.6
    """A command that was recognised with less confidence is confirmed before it is carried out."""
    timeout_s: Annotated[float, Field(gt=0.0, le=60.0)] = 8.0
    """Timeout for its answer."""
