"""Who is at the other end of a real socket."""

import os
import socket

import pytest

from marvin.control.peer import is_ours, process

linux = pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not say")


def test_we_are_ours() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert is_ours(one)


@linux
def test_a_process_of_another_user_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    with one, other:
        assert not is_ours(one)


@linux
def test_the_other_end_s_process() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert process(one) == os.getpid()


def test_where_the_system_does_not_say_the_file_s_mode_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(socket, "SO_PEERCRED", raising=False)
    one, other = socket.socketpair()
    with one, other:
        assert is_ours(one)
        assert process(one) is None
