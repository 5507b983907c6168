"""Reading single keys, and restoring the terminal."""

import asyncio
import io
import os
import sys
import termios

import pytest

from marvin.cli.commands.keys import on_key


async def test_key_press_in_a_terminal_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = os.openpty()
    pressed = asyncio.Event()
    with os.fdopen(slave) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        before = termios.tcgetattr(slave)
        with on_key(pressed.set) as possible:
            assert possible
            assert not termios.tcgetattr(slave)[3] & (termios.ECHO | termios.ICANON)
            os.write(master, b" ")
            async with asyncio.timeout(300):
                await pressed.wait()
        assert termios.tcgetattr(slave) == before
    os.close(master)


@pytest.mark.parametrize("stdin", [None, io.StringIO("y\n")])
async def test_without_a_terminal_there_are_no_keys(
    stdin: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with on_key(lambda: None) as possible:
        assert not possible
