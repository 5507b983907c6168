"""models.toml: its tables, where they come from, and what is wrong with them."""

from marvin.config.loading import Loaded, load_config

__all__ = ["Loaded", "load_config"]
