"""What is no command, and no audio, of a page."""

import json

import numpy as np
import pytest

from marvin.errors import ControlError
from marvin.service.page.page_commands import PageCommand, parse_audio, parse_command
from marvin.types import CHUNK_SAMPLES


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("garbage", "a command is a JSON object"),
        ("[" * 8000, "a command is a JSON object"),
        ("[" * 9000, "a command has at most 8192 characters"),
        ('{"command": "explode"}', '"command" must be one of listen, finish'),
        ('{"command": "stop", "text": "now"}', "no other fields"),
        ('{"command": "stop", "value": 1}', 'the value of "stop" must be left out'),
        ('{"command": "mute", "value": 1}', "must be true or false"),
        ('{"command": "volume", "value": NaN}', "must be a number from 0 to 1"),
        ('{"command": "volume", "value": 7}', "must be a number from 0 to 1"),
        ('{"command": "played", "value": -1}', "must be a whole number"),
        ('{"command": "ask", "value": "\\u001b\\u0000"}', "must be text of 1 to 2000 characters"),
        (json.dumps({"command": "ask", "value": "x" * 2001}), "must be text of 1 to 2000"),
    ],
)
def test_wrong_command_is_refused_with_a_reason(message: str, reason: str) -> None:
    with pytest.raises(ControlError) as refused:
        parse_command(message)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ('{"command": "listen"}', PageCommand("listen")),
        ('{"command": "volume", "value": 1}', PageCommand("volume", 1.0)),
        ('{"command": "mute", "value": false}', PageCommand("mute", False)),
        (
            '{"command": "ask", "value": " what\\ntime \\u001b[2Jis it"}',
            PageCommand("ask", "what time is it"),
        ),
    ],
)
def test_command_is_cleaned(message: str, command: PageCommand) -> None:
    assert parse_command(message) == command


def test_audio_is_one_chunk_of_16_bit_samples() -> None:
    ramp = np.arange(-320, 320, dtype="<i2") * 100
    assert np.allclose(parse_audio(ramp.tobytes()), ramp / 32768)
    for length in (0, 2 * CHUNK_SAMPLES - 1, 4 * CHUNK_SAMPLES, 100_000):
        with pytest.raises(ControlError, match=f"1280 bytes, not {length}"):
            parse_audio(bytes(length))
