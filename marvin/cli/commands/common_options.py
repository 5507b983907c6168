"""Loads the configuration from the options common to all commands."""

import argparse

from marvin.config import Loaded, load_config


def load(arguments: argparse.Namespace) -> Loaded:
    """Raises ConfigError, listing every problem."""
    return load_config(arguments.config, profile=arguments.profile)
