"""The identity of the process at the other end of a real socket."""

import os
import socket
import struct

import pytest

from marvin.service.control.peer import is_ours, may_be_asked, process

linux = pytest.mark.skipif(
    not hasattr(socket, "SO_PEERCRED"), reason="this system has no peer credentials"
)


def test_own_process_is_recognised() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert is_ours(one)


@linux
def test_process_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    with one, other:
        assert not is_ours(one)


@linux
@pytest.mark.parametrize(("listens_as", "asked"), [(0, True), (4711, True), (4712, False)])
def test_only_sockets_of_this_user_and_the_system_are_asked(
    listens_as: int, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4711)

    class Listening:
        def getsockopt(self, level: int, option: int, size: int, /) -> bytes:
            return struct.pack("3i", 1, listens_as, listens_as)

    assert may_be_asked(Listening()) is asked


@linux
def test_process_id_of_the_other_end() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert process(one) == os.getpid()


def test_without_peer_credentials_the_file_mode_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(socket, "SO_PEERCRED", raising=False)
    one, other = socket.socketpair()
    with one, other:
        assert is_ours(one)
        assert process(one) is None
