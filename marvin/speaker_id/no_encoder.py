"""The engine that tells no voices apart."""

from typing import Self

from marvin.config.speaker_id import NoSpeakerIdConfig


class NoSpeakerEncoder:
    """A placeholder: nothing is embedded, and nobody identified."""

    @classmethod
    def load(cls, config: NoSpeakerIdConfig) -> Self:
        return cls()
