"""The cancellation token, and waking a waiting call."""

import threading

import pytest

from marvin.cancellation import Cancelled, CancelToken


def test_check_raises_once_the_token_is_cancelled() -> None:
    token = CancelToken()
    token.check()
    token.cancel()
    with pytest.raises(Cancelled):
        token.check()
    assert token.cancelled


def test_waiting_call_is_woken_from_another_thread() -> None:
    token, woken = CancelToken(), threading.Event()
    with token.on_cancel(woken.set):
        threading.Thread(target=token.cancel).start()
        assert woken.wait(300)


def test_call_that_begins_after_the_cancel_is_woken_at_once() -> None:
    token, calls = CancelToken(), []
    token.cancel()
    with token.on_cancel(lambda: calls.append(1)):
        assert calls == [1]
    token.cancel()
    assert calls == [1]


def test_finished_call_is_not_woken() -> None:
    token, calls = CancelToken(), []
    with token.on_cancel(lambda: calls.append("first")):
        pass
    with token.on_cancel(lambda: calls.append("second")):
        token.cancel()
        token.cancel()
    assert calls == ["second"]


def test_nested_calls_are_all_woken() -> None:
    token, calls = CancelToken(), []
    with (
        token.on_cancel(lambda: calls.append("outer")),
        token.on_cancel(lambda: calls.append("inner")),
    ):
        token.cancel()
    assert sorted(calls) == ["inner", "outer"]
