"""Log messages in a terminal and in the journal."""

import logging

import pytest

from marvin.log import configure_logging


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


def test_the_journal_gets_levels_and_no_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    configure_logging(0)
    logging.getLogger("marvin.test").info("one\ntwo")
    logging.getLogger("marvin.test").error("three")
    assert capsys.readouterr().err.splitlines() == [
        "<6>marvin.test: one",
        "<6>two",
        "<3>marvin.test: three",
    ]
