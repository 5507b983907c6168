"""Work that may hang: its results, its errors, and what becomes of it when nobody waits."""

import asyncio
import gc
import threading
import weakref
from concurrent.futures import Future, wait

import pytest

from marvin.boundary.hanging import abandon, ended, perform, post, start
from marvin.cancellation import Cancelled


def fail() -> int:
    raise KeyError("x")


async def test_results_and_errors_come_from_a_daemon_thread_of_that_name() -> None:
    found = start("marvin-test", threading.current_thread)
    assert await ended(found)
    assert (found.result().name, found.result().daemon) == ("marvin-test", True)
    failed = start("marvin-test", fail)
    assert await ended(failed)
    assert await ended(failed, 0.0)
    with pytest.raises(KeyError):
        failed.result()


async def test_those_who_wait_for_what_has_ended_let_others_run() -> None:
    done: Future[None] = Future()
    perform(done, lambda: None)
    others = asyncio.ensure_future(asyncio.sleep(0))
    await ended(done)
    assert others.done()


async def test_one_that_hangs_is_not_waited_for_longer_than_its_limit() -> None:
    thaw = threading.Event()
    hung = start("marvin-test", lambda: thaw.wait(300))
    assert not await ended(hung, 0.02)
    thaw.set()
    assert await ended(hung, 300.0)
    assert hung.result()


async def test_several_may_wait_and_one_that_leaves_takes_nothing_from_the_others() -> None:
    thaw = threading.Event()
    hung = start("marvin-test", lambda: thaw.wait(300))
    leaving, staying = (asyncio.create_task(ended(hung, 300.0)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    thaw.set()
    assert await staying
    assert leaving.cancelled()


def test_what_an_abandoned_one_returns_goes_to_its_callback() -> None:
    thaw, late = threading.Event(), list[str]()
    hung = start("marvin-test", lambda: thaw.wait(300) and "stream")
    abandon(hung, lambda result: late.append(str(result)))
    thaw.set()
    wait([hung])
    # A callback added now runs after the one above.
    after = threading.Event()
    hung.add_done_callback(lambda _: after.set())
    assert after.wait(300)
    assert late == ["stream"]
    abandon(hung, lambda result: late.append("at once"))
    assert late == ["stream", "at once"]


def test_an_abandoned_one_that_fails_has_nothing_for_its_callback() -> None:
    late = list[int]()
    failed: Future[int] = Future()
    perform(failed, fail)
    abandon(failed, late.append)
    assert late == []


def test_one_that_was_abandoned_before_it_began_is_not_done() -> None:
    done = list[int]()
    waiting: Future[None] = Future()
    abandon(waiting, lambda _: done.append(1))
    perform(waiting, lambda: done.append(2))
    assert done == []


@pytest.mark.parametrize("error", [Cancelled, KeyError])
def test_one_that_failed_is_freed_with_what_it_worked_on(error: type[BaseException]) -> None:
    class Engine:
        def use(self) -> None:
            raise error

    engine = Engine()
    gone = weakref.ref(engine)
    call: Future[None] = Future()
    gc.disable()
    try:
        perform(call, engine.use)
        del engine
        if error is Cancelled:
            assert gone() is None, "though somebody still looks at it"
        assert isinstance(call.exception(), error)
        del call
        assert gone() is None
    finally:
        gc.enable()


def test_a_thread_may_outlive_the_loop_it_posts_to() -> None:
    loop, posted = asyncio.new_event_loop(), list[int]()
    post(loop, posted.append, 1)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    post(loop, posted.append, 2)
    assert posted == [1]
