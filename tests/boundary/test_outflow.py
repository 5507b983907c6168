"""Output that is not read, full, or limited in its characters never blocks its writer."""

import os
import threading

import pytest

from marvin.boundary.outflow import Outflow
from marvin.boundary.terminal import to_json
from tests.pipes import pipe


def test_all_lines_arrive_in_order() -> None:
    with pipe() as one:
        with Outflow(one.stream) as shown:
            for number in range(500):
                shown.put(str(number))
        assert one.lines() == [str(number) for number in range(500)]


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", "idle ? listening ??"), ("iso-8859-1", "idle ? listening \xe4?"),
     ("utf-8", "idle → listening ä?"), ("utf-16-le", "idle → listening ä?")],
)  # fmt: skip
def test_character_that_the_terminal_lacks_becomes_a_question_mark(
    encoding: str, shown: str
) -> None:
    with pipe(encoding=encoding) as one:
        with Outflow(one.stream) as output:
            output.put("idle → listening ä\udcff")
        assert one.lines() == [shown]


def test_full_pipe_does_not_block_and_the_loss_is_reported_once() -> None:
    warned: list[str] = []
    with pipe(full=True) as one:
        output = Outflow(one.stream, most=10, lost="{} lost".format, warn=warned.append)
        output.put("first")
        # The thread has taken it, and blocks.
        while output._lines:
            pass
        for number in range(30):
            output.put(str(number))
        assert len(warned) == 1
        assert "nobody reads" in warned[0]
        one.drain()
        output.close()
        assert one.lines() == ["first", "20 lost", *map(str, range(20, 30))]
    assert len(warned) == 1


def test_exit_does_not_hang_on_a_full_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.boundary.outflow._PATIENCE_S", 0.05)
    warned: list[str] = []
    with pipe(full=True) as one:
        with Outflow(one.stream, warn=warned.append) as output:
            for _ in range(3):
                output.put("nobody sees this")
        assert warned == ["nobody reads the output: 3 lines were not written"]
        one.drain()
        # Its thread goes on; the next pipe may have the same number.
        while not output._done():
            pass


def test_exit_waits_for_a_slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.boundary.outflow._PATIENCE_S", 30.0)
    with pipe(full=True) as one:
        output = Outflow(one.stream)
        for number in range(5):
            output.put(str(number))
        closing = threading.Thread(target=output.close)
        closing.start()
        one.drain()
        closing.join()
        assert one.lines() == list("01234")


def test_closed_reader_ends_the_writer() -> None:
    with pipe() as one:
        output = Outflow(one.stream)
        one.go()
        output.put("to nobody")
        with pytest.raises(BrokenPipeError):
            output.close()
        with pytest.raises(BrokenPipeError):
            output.put("to nobody")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_full_disk_is_reported_once() -> None:
    warned: list[str] = []
    with open("/dev/full", "w") as full, Outflow(full, warn=warned.append) as output:
        for _ in range(100):
            output.put("there is no room for it")
    assert warned == ["output is lost: No space left on device"]


def test_output_made_non_blocking_by_another_program_loses_nothing() -> None:
    with pipe(full=True) as one:
        os.set_blocking(one.stream.fileno(), False)
        output = Outflow(one.stream)
        output.put("it came")
        one.drain()
        output.close()
        assert one.lines() == ["it came"]


def test_json_for_an_ascii_terminal_is_escaped_rather_than_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pipe(encoding="ascii") as one:
        monkeypatch.setattr("sys.stdout", one.stream)
        assert to_json({"text": "ä→\udcff"}) == '{"text": "\\u00e4\\u2192\\udcff"}'
    with pipe() as one:
        monkeypatch.setattr("sys.stdout", one.stream)
        assert to_json({"text": "ä→"}) == '{"text": "ä→"}'
