"""Log messages in a terminal and in the journal."""

import logging
import os
import subprocess
import sys

import pytest

from marvin.log import configure_logging, in_journal


@pytest.mark.parametrize(
    ("verbosity", "shown"), [(0, ["c"]), (1, ["b", "c"]), (2, ["a", "b", "c"])]
)
def test_verbosity(
    verbosity: int,
    shown: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    configure_logging(verbosity)
    logger = logging.getLogger("marvin.test")
    logger.debug("a")
    logger.info("b")
    logger.warning("c")
    assert [line[-1] for line in capsys.readouterr().err.splitlines()] == shown


def test_journal_gets_levels_and_no_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{errors.st_dev}:{errors.st_ino}")
    configure_logging(0)
    logging.getLogger("marvin.test").info("one\ntwo")
    logging.getLogger("marvin.test").error("three")
    assert capsys.readouterr().err.splitlines() == [
        "<6>marvin.test: one",
        "<6>two",
        "<3>marvin.test: three",
    ]


def test_terminal_started_by_systemd_is_not_a_journal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    assert not in_journal(1)
    configure_logging(0)
    logging.getLogger("marvin.test").info("not asked for")
    logging.getLogger("marvin.test").error("three")
    assert capsys.readouterr().err == "ERROR marvin.test: three\n"


def test_closed_output_is_not_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    assert not in_journal(writing)


def test_messages_logged_while_a_device_is_opened_are_kept() -> None:
    code = """
import logging
from marvin.audio.calls import quiet
from marvin.log import configure_logging
configure_logging(0)
with quiet():
    logging.getLogger("marvin.test").warning("the speaker is lost")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "WARNING marvin.test: the speaker is lost\n"


@pytest.mark.parametrize(("verbosity", "told"), [(0, False), (1, False), (2, True)])
def test_unexpected_error_shows_its_location_and_its_text_only_for_debug(
    verbosity: int,
    told: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    configure_logging(verbosity)
    said = "my secret plan"
    try:
        try:
            raise ValueError(f"cannot encode {said}")
        except ValueError as error:
            raise KeyError(said) from error
    except KeyError:
        logging.getLogger("marvin.test").exception("it failed")
    shown = capsys.readouterr().err
    assert "it failed" in shown
    assert "test_log.py" in shown
    assert "ValueError" in shown
    assert (said in shown) is told
