"""The command that trains with recorded clips."""

import shlex

from marvin.config.tables import Config
from marvin.workshop.test_mic.clips import Clips


def train_command(config: Config, clips: Clips) -> str:
    folders = ["--recordings", str(clips.said)]
    if clips.kept["room"]:
        folders += ["--negatives", str(clips.room)]
    return shlex.join(["marvin", "wake", "train", config.wake.label, *folders])
