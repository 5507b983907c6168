"""models.toml: its tables, loading and error messages."""

from marvin.config.loading import Loaded, load_config

__all__ = ["Loaded", "load_config"]
