"""Calls into a sound system that may hang."""

import asyncio
import ctypes.util
import logging
import os
import subprocess
import sys
import threading

import pytest

from marvin.audio.calls import SoundCalls, SoundHangsError, quiet


async def test_results_and_errors_come_back() -> None:
    calls = SoundCalls()
    assert await calls.call(lambda: 3, 300.0) == 3
    assert calls.run(lambda: 4, 300.0) == 4
    # A call may make another call.
    assert calls.run(lambda: calls.run(lambda: 5, 300.0), 300.0) == 5
    with pytest.raises(ZeroDivisionError):
        await calls.call(lambda: 1 // 0, 300.0)
    with pytest.raises(ZeroDivisionError):
        calls.run(lambda: 1 // 0, 300.0)
    assert calls.stuck_s == 0.0


async def test_hanging_call_is_abandoned_but_its_result_is_kept() -> None:
    calls, thaw = SoundCalls(), threading.Event()
    late: list[object] = []
    with pytest.raises(SoundHangsError, match="has not answered for 0 s"):
        await calls.call(lambda: thaw.wait(300) and "stream", 0.05, late=late.append)
    assert calls.stuck_s >= 0.05
    # The next call waits for its turn; later ones do not get a thread to wait in.
    for _ in range(20):
        with pytest.raises(SoundHangsError):
            await calls.call(lambda: late.append("never"), 0.05)
    assert sum(thread.name == "marvin-sound" for thread in threading.enumerate()) <= 3
    thaw.set()
    assert calls.run(lambda: 1, 300.0) == 1
    assert late == ["stream"]


async def test_cancelled_open_leaves_no_stream_open() -> None:
    calls, thaw = SoundCalls(), threading.Event()
    late: list[object] = []
    task = asyncio.create_task(
        calls.call(lambda: thaw.wait(300) and "stream", 300.0, late=late.append)
    )
    while calls.stuck_s == 0.0:  # noqa: ASYNC110 (a thread)
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    thaw.set()
    calls.run(lambda: 1, 300.0)
    assert late == ["stream"]


def test_sound_system_messages_are_logged_for_debugging(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "marvin")
    with quiet():
        os.write(2, b"ALSA lib pcm.c:2722: Unknown PCM cards.pcm.rear\nExpression failed \xff\n")
    with quiet():
        pass
    assert capfd.readouterr().err == ""
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("DEBUG", "sound system: ALSA lib pcm.c:2722: Unknown PCM cards.pcm.rear"),
        ("DEBUG", "sound system: Expression failed \ufffd"),
    ]


def test_alsa_messages_are_logged_instead_of_printed() -> None:
    code = """
import ctypes, logging
from marvin.audio.alsa import log_errors
from marvin.log import configure_logging
configure_logging(2)
log_errors()
log_errors()
ctypes.CDLL("libasound.so.2").snd_pcm_open(ctypes.byref(ctypes.c_void_p()), b"no such", 0, 0)
"""
    if ctypes.util.find_library("asound") is None:
        pytest.skip("this machine has no ALSA")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    lines = done.stderr.splitlines()
    assert done.returncode == 0
    assert lines
    assert all(line.startswith("DEBUG marvin.audio.alsa: ALSA: ") for line in lines)


def test_stderr_still_works_while_a_silenced_call_hangs(
    capfd: pytest.CaptureFixture[str],
) -> None:
    calls, thaw = SoundCalls(), threading.Event()

    def hang() -> None:
        with quiet():
            os.write(2, b"Expression failed in pa_linux_alsa.c\n")
            thaw.wait(300)

    with pytest.raises(SoundHangsError):
        calls.run(hang, 0.2)
    os.write(2, b"marvin: the sound system hangs\n")
    thaw.set()
    calls.run(lambda: None, 300.0)
    os.write(2, b"marvin: it works again\n")
    assert capfd.readouterr().err.splitlines() == [
        "marvin: the sound system hangs",
        "marvin: it works again",
    ]
