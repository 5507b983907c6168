"""What the options that every command has mean."""

import argparse

from marvin.config import Loaded, load_config


def load(arguments: argparse.Namespace) -> Loaded:
    """The configuration that `--config` and `--profile` ask for.

    Raises:
        ConfigError: It is wrong, with every problem in it.
    """
    return load_config(arguments.config, profile=arguments.profile)
