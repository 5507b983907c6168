"""A language model by llama.cpp in a process of its own: how it answers, stops, fails and ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.config.llm import GgufConfig
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.errors import LanguageModelError, StageError
from marvin.llm.gguf import llama_process
from marvin.llm.gguf.gguf_model import GgufLanguageModel
from marvin.types import Message
from tests.llm.models import SYSTEM, LoadGguf, assistant, user
from tests.published import published

pytestmark = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="needs xllamacpp")

HELLO = [SYSTEM, user("Hello!")]
_ENDLESS = {"max_tokens": 8192}
"""More than can be written before anything else happens."""


def answer(
    model: GgufLanguageModel, messages: list[Message] = HELLO, token: CancelToken | None = None
) -> str:
    return "".join(model.generate(messages, token or CancelToken()))


def test_published_weights_answer(load: LoadGguf) -> None:
    (file,) = published("smollm2-135m-instruct-gguf").glob("*.gguf")
    model = load(file)
    model.warm()
    assert "Shakespeare" in answer(model, [user("Who wrote Hamlet?")])
    assert "Rayleigh" in answer(model, [user("Why is the sky blue?")])


def test_prompt_is_read_once(load: LoadGguf) -> None:
    model = load()
    before = [user("a" * 600), assistant("b" * 600)]
    signs = []
    for question in ("First?", "Second?"):
        deltas = list(model.generate([*before, user(question)], CancelToken()))
        assert "".join(deltas)
        signs.append(deltas.count(""))
    # One for each batch of the prompt.
    assert signs[0] > 1200 / GgufConfig.batch > 5 > signs[1]


def test_answer_is_the_same_again(load: LoadGguf) -> None:
    model = load(temperature=1.0, seed=1)
    first = answer(model)
    assert len(first) == GgufConfig().max_tokens
    assert answer(model) == first


def test_cancel_stops_llama_cpp(load: LoadGguf) -> None:
    model = load(**_ENDLESS)
    token = CancelToken()
    deltas = model.generate(HELLO, token)
    assert len(list(islice(deltas, 20))) == 20
    token.cancel()
    with pytest.raises(Cancelled):
        list(deltas)
    assert _is_idle(model)
    pid = model.pid
    assert next(filter(None, model.generate(HELLO, CancelToken())))
    assert model.pid == pid


def test_reading_of_a_long_prompt_is_cancelled(load: LoadGguf) -> None:
    model = load()
    token = CancelToken()
    deltas = model.generate([user("a" * 1000)], token)
    assert not next(deltas)
    token.cancel()
    with pytest.raises(Cancelled):
        list(deltas)
    assert _is_idle(model)


def test_reader_that_goes_away_stops_llama_cpp(load: LoadGguf) -> None:
    model = load(**_ENDLESS)
    deltas = model.generate(HELLO, CancelToken())
    assert len(list(islice(deltas, 20))) == 20
    deltas.close()  # type: ignore[attr-defined]
    assert _is_idle(model)


def _is_idle(model: GgufLanguageModel) -> bool:
    """Whether its process computes nothing: what it has computed is known to a hundredth."""

    def ticks() -> int:
        fields = Path(f"/proc/{model.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(0.3)
    return ticks() - before <= 3


def test_oldest_turns_are_dropped(load: LoadGguf) -> None:
    model = load(history_tokens=256, max_tokens=8)
    old = [user("a" * 2000), assistant("b" * 2000)]
    new = [SYSTEM, *old, user("Hello!")]
    assert answer(model, new) == answer(model, HELLO)
    with pytest.raises(LanguageModelError, match=r"too long for .* raise llm\.history_tokens"):
        answer(model, [user("a" * 4000)])
    assert answer(model)


@pytest.mark.parametrize("signal_number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_crash_costs_one_answer(load: LoadGguf, signal_number: int) -> None:
    model = load(**_ENDLESS)
    deltas = model.generate(HELLO, CancelToken())
    next(filter(None, deltas))
    assert model.pid is not None
    os.kill(model.pid, signal_number)
    with pytest.raises(LanguageModelError, match=rf"process died \(status -{signal_number:d}\)"):
        list(deltas)
    assert next(filter(None, model.generate(HELLO, CancelToken())))


def test_process_that_died_unnoticed_is_started_again(load: LoadGguf) -> None:
    model = load()
    first = answer(model)
    assert model.pid is not None
    os.kill(model.pid, signal.SIGKILL)
    _wait_for_end(model.pid)
    assert answer(model) == first


def test_process_that_dies_before_it_answers_is_started_again(load: LoadGguf) -> None:
    model = load()
    first = answer(model)
    assert model.pid is not None
    os.kill(model.pid, signal.SIGSTOP)
    death = threading.Timer(0.2, os.kill, (model.pid, signal.SIGKILL))
    death.start()
    assert answer(model) == first
    death.join()


def test_start_is_cancelled_and_goes_on(
    load: LoadGguf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that loads for ever takes the place of llama.cpp's, as a large file would."""
    model = load()
    assert model.pid is not None
    os.kill(model.pid, signal.SIGKILL)
    while not model.ended():  # Its threads may live a little longer than its first one.
        time.sleep(0.01)
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(llama_process, "_CHILD", slow)
    pids = []
    for _ in range(2):
        token = CancelToken()
        cancel = threading.Timer(0.2, token.cancel)
        cancel.start()
        with pytest.raises(Cancelled):
            answer(model, HELLO, token)
        cancel.join()
        assert not model.ended()
        pids.append(model.pid)
    assert pids[0] == pids[1]


def test_hang_is_killed(load: LoadGguf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_process, "_STUCK_S", 0.2)
    monkeypatch.setattr(llama_process, "_HUSH_S", 0.1)
    model = load(**_ENDLESS)
    token = CancelToken()
    deltas = model.generate(HELLO, token)
    next(filter(None, deltas))
    hanging = model.pid
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    token.cancel()
    with pytest.raises(Cancelled):
        list(deltas)
    assert next(filter(None, model.generate(HELLO, CancelToken())))
    assert model.pid != hanging
    assert not _exists(hanging)


async def test_crash_is_an_error_of_the_stage_and_the_next_turn_works(tiny: Path) -> None:
    engines = EngineSet(Config(llm=GgufConfig(model=str(tiny), **_ENDLESS)))
    (worker,) = engines.generators
    async with engines.running([worker]):
        reply = engines.language_model.reply(HELLO)
        assert await anext(reply) is not None
        (pid,) = _children()
        os.kill(pid, signal.SIGSEGV)
        with pytest.raises(StageError) as caught:
            async for _ in reply:
                pass
        assert caught.value.stage == "llm"
        async for delta in engines.language_model.reply(HELLO):
            if delta:
                break


async def test_idle_process_ends_and_the_wake_word_starts_it(tiny: Path) -> None:
    engines = EngineSet(Config(llm=GgufConfig(model=str(tiny), idle_unload_s=0.05)))
    (worker,) = engines.generators
    async with engines.running([worker]):
        pids = []
        for _ in range(2):
            engines.language_model.warm()
            pid = await worker.call(lambda model, _: getattr(model, "pid", 0), 60.0)
            assert isinstance(pid, int)
            _wait_for_end(pid)
            pids.append(pid)
        assert pids[0] != pids[1]
        assert [delta async for delta in engines.language_model.reply(HELLO) if delta]


async def test_after_a_crash_the_wake_word_starts_it_again(tiny: Path) -> None:
    engines = EngineSet(Config(llm=GgufConfig(model=str(tiny))))
    async with engines.running(engines.generators):
        (crashed,) = _children()
        os.kill(crashed, signal.SIGKILL)
        # Its threads may live a little longer than its first one.
        async with asyncio.timeout(60.0):
            while not _children() - {crashed}:
                engines.language_model.warm()
                await engines.generators[0].call(lambda model, _: None, 60.0)
        assert len(_children() - {crashed}) == 1


def test_marvins_death_ends_it(tiny: Path) -> None:
    code = (
        "import sys, time\n"
        "from marvin.backends.pretrained.place import CPU\n"
        "from marvin.config.llm import GgufConfig\n"
        "from marvin.llm.gguf.gguf_model import GgufLanguageModel\n"
        "model = GgufLanguageModel.load(GgufConfig(model=sys.argv[1]), CPU)\n"
        "print(model.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tiny)], stdout=subprocess.PIPE, text=True
    ) as marvin:
        assert marvin.stdout is not None
        pid = int(marvin.stdout.readline())
        marvin.kill()
    _wait_for_end(pid)


def test_nobody_else_can_reach_it(load: LoadGguf) -> None:
    pid = load().pid
    own = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}
    sockets = {name.removeprefix("socket:[").rstrip("]") for name in own if "socket" in name}
    assert sockets
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        assert not sockets & {line.split()[9] for line in lines}
    rows = [line.split() for line in Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]]
    listening = [Path(row[7]) for row in rows if row[6] in sockets and len(row) > 7]
    assert len(listening) == 1
    assert not listening[0].exists()


def _children() -> set[int]:
    """The llama.cpp processes of this one."""
    found = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    pids = {int(pid) for pid in found.split()}
    return {pid for pid in pids if b"llama_child" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that nobody has waited for, as in a container without an init process, has ended.
    return ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def _wait_for_end(pid: int) -> None:
    while _exists(pid):
        time.sleep(0.01)
