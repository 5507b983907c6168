"""Work that may hang: results, errors, and what happens once nobody waits."""

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


async def test_results_and_errors_come_from_a_daemon_thread_with_the_given_name() -> None:
    found = start("marvin-test", threading.current_thread)
    assert await ended(found)
    assert (found.result().name, found.result().daemon) == ("marvin-test", True)
    failed = start("marvin-test", fail)
    assert await ended(failed)
    assert await ended(failed, 0.0)
    with pytest.raises(KeyError):
        failed.result()


async def test_waiting_for_finished_work_yields_to_other_tasks() -> None:
    done: Future[None] = Future()
    perform(done, lambda: None)
    others = asyncio.ensure_future(asyncio.sleep(0))
    await ended(done)
    assert others.done()


async def test_hanging_work_is_not_awaited_beyond_its_limit() -> None:
    thaw = threading.Event()
    hung = start("marvin-test", lambda: thaw.wait(300))
    assert not await ended(hung, 0.02)
    thaw.set()
    assert await ended(hung, 300.0)
    assert hung.result()


async def test_one_of_several_waiters_may_leave_without_affecting_the_others() -> None:
    thaw = threading.Event()
    hung = start("marvin-test", lambda: thaw.wait(300))
    leaving, staying = (asyncio.create_task(ended(hung, 300.0)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    thaw.set()
    assert await staying
    assert leaving.cancelled()


def test_result_of_abandoned_work_goes_to_its_callback() -> None:
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


def test_failure_of_abandoned_work_does_not_reach_its_callback() -> None:
    late = list[int]()
    failed: Future[int] = Future()
    perform(failed, fail)
    abandon(failed, late.append)
    assert late == []


def test_work_abandoned_before_it_started_is_not_done() -> None:
    done = list[int]()
    waiting: Future[None] = Future()
    abandon(waiting, lambda _: done.append(1))
    perform(waiting, lambda: done.append(2))
    assert done == []


@pytest.mark.parametrize("error", [Cancelled, KeyError])
def test_failed_work_is_freed_with_its_data(error: type[BaseException]) -> None:
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
            assert gone() is None, "although its error is still referenced"
        assert isinstance(call.exception(), error)
        del call
        assert gone() is None
    finally:
        gc.enable()


def test_thread_may_outlive_the_event_loop_it_posts_to() -> None:
    loop, posted = asyncio.new_event_loop(), list[int]()
    post(loop, posted.append, 1)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    post(loop, posted.append, 2)
    assert posted == [1]
