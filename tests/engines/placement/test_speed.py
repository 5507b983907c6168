"""The speed measurement is fair and short, and its result is cached where possible."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from marvin.engines.placement import speed
from marvin.engines.placement.speed import Speed, cache_path, fastest, judge, measure, speeds
from tests.engines.placement.machines import LAPTOP, cuda, machine

ONE = Speed(0.002, 0.003)


class Clock:
    """A clock that advances only while a job runs."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def job(self, *seconds: float) -> "Job":
        return Job(self, seconds)


class Job:
    """Takes the given times in turn, then repeats the last one."""

    def __init__(self, clock: Clock, seconds: tuple[float, ...]) -> None:
        self._clock = clock
        self._seconds = itertools.chain(seconds, itertools.repeat(seconds[-1]))
        self.runs = 0

    def __call__(self) -> None:
        self.runs += 1
        self._clock.now += next(self._seconds)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "marvin" / "speeds.json"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The device and threads of each measurement; every format takes equally long."""
    calls: list[tuple[str, int]] = []

    def pretend(
        device: str, formats: Iterable[str], threads: int, limit_s: float
    ) -> dict[str, Speed]:
        calls.append((device, threads))
        return dict.fromkeys(formats, ONE)

    monkeypatch.setattr(speed, "measure", pretend)
    return calls


def test_jobs_alternate_until_the_time_is_over_and_the_fastest_run_counts() -> None:
    clock = Clock()
    jobs = {"a": clock.job(0.5, 0.1, 0.2), "b": clock.job(0.3, 0.2)}
    assert fastest(jobs, 2.0, clock) == {"a": pytest.approx(0.1), "b": pytest.approx(0.2)}
    assert jobs["a"].runs == jobs["b"].runs
    assert 2.0 <= clock.now < 2.5


def test_each_job_runs_twice_however_slow() -> None:
    clock = Clock()
    assert fastest({"slow": clock.job(6.0, 5.0)}, 1.0, clock) == {"slow": pytest.approx(5.0)}
    assert fastest({}, 1.0, clock) == {}


def test_slower_result_with_more_threads_is_not_believed() -> None:
    one = {("float32", True): 4.0, ("float32", False): 2.0}
    quiet = {("float32", True): 1.5, ("float32", False): 2.1}
    assert judge(one, quiet) == {"float32": Speed(1.5, 2.1)}
    busy = quiet | {("float32", False): 90.0}
    assert judge(one, busy) == {}
    assert judge({}, {}) == {}


def test_real_layers_are_timed_in_every_format_and_the_threads_left_alone() -> None:
    import torch

    before = torch.get_num_threads()
    found = measure("cpu", ("float32", "bfloat16", "int8"), 1, 0.0)
    assert set(found) == {"float32", "bfloat16", "int8"}
    assert all(one.many_s > 0 and one.one_s > 0 for one in found.values())
    assert torch.get_num_threads() == before


def test_failing_device_has_no_speed() -> None:
    assert measure("cuda:7", ("float32",), 1, 0.0) == {}


def test_cached_measurement_is_reused(measured: list[tuple[str, int]], cache: Path) -> None:
    first = speeds(LAPTOP, 3)
    assert first[("cpu", "bfloat16")] == ONE
    assert speeds(LAPTOP, 3) == first
    assert measured == [("cpu", 3)]
    assert cache == cache_path()
    assert cache.exists()


def test_other_threads_torch_or_cpu_count_as_another_machine(
    measured: list[tuple[str, int]],
) -> None:
    for facts, threads in (
        (LAPTOP, 3),
        (LAPTOP, 2),
        (replace(LAPTOP, torch="2.14.0"), 3),
        (replace(LAPTOP, cpu="other"), 3),
        (machine(cuda()), 3),
    ):
        speeds(facts, threads)
    assert measured == [("cpu", 3), ("cpu", 2), ("cpu", 3), ("cpu", 3), ("cuda:0", 1)]


def test_measurement_can_be_repeated(measured: list[tuple[str, int]]) -> None:
    speeds(LAPTOP, 3)
    speeds(LAPTOP, 3, again=True)
    assert len(measured) == 2


def test_busy_machine_is_measured_again(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(speed, "measure", lambda *_: {})
    assert speeds(LAPTOP, 3) == {}
    assert not cache.exists()


def test_native_format_that_seems_slow_is_measured_again(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    slow = {"float32": ONE, "bfloat16": replace(ONE, many_s=2 * ONE.many_s)}
    monkeypatch.setattr(speed, "measure", lambda *_: slow)
    assert speeds(replace(LAPTOP, native=("bfloat16",)), 3) == {}
    assert not cache.exists()
    assert speeds(replace(LAPTOP, native=()), 3)
    assert cache.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"version": 1}',
        '{"version": 9, "speeds": {}}',
        '{"version": 1, "speeds": {"x": 3}}',
        '{"version": 1, "speeds": {"x": {"float32": {"many_s": "nan", "one_s": 1}}}}',
        '{"version": 1, "speeds": {"x": {"float32": {"many_s": 0, "one_s": 1}}}}',
        "\x00\xff",
    ],
)
def test_broken_cache_is_measured_again(
    measured: list[tuple[str, int]], cache: Path, content: str
) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text(content, encoding="latin-1")
    assert speeds(LAPTOP, 3)[("cpu", "float32")] == ONE
    speeds(LAPTOP, 3)
    assert len(measured) == 1, "and then it is valid again"


def test_unwritable_cache_is_not_a_failure(measured: list[tuple[str, int]], cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    assert speeds(LAPTOP, 3)[("cpu", "float32")] == ONE
