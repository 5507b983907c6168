"""An engine is loaded on use, unloaded when idle, and moved when its device fails."""

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from marvin.backends.pretrained.place import CPU, Place
from marvin.engines.workers.freed_memory import resident_mb
from marvin.engines.workers.resident import Resident
from marvin.errors import DeviceFailedError, ModelLoadError, ModelMissingError

GPU = Place("cuda:0", "float16")
SECOND = Place("cuda:1", "float16")


class Engine:
    """Counts to three; fails where told to."""

    def __init__(self, place: Place, fails: dict[str, int]) -> None:
        self.place = place
        self._fails = fails
        self.warmed = self.closed = self.crashed = False

    def warm(self) -> None:
        self.warmed = True

    def close(self) -> None:
        self.closed = True

    def ended(self) -> bool:
        return self.crashed

    def where(self) -> str:
        if self._fails.get(self.place.device) == 0:
            raise DeviceFailedError("stt: out of memory")
        return self.place.device

    def count(self) -> Iterator[int]:
        for number in range(3):
            if self._fails.get(self.place.device) == number:
                raise DeviceFailedError("tts: out of memory")
            yield number


class Home:
    """A resident engine, with its loads and reports."""

    def __init__(
        self,
        *places: Place,
        full: tuple[str, ...] = (),
        fails: dict[str, int] | None = None,
    ) -> None:
        self.full = set(full)
        self.loaded: list[Engine] = []
        self.told: list[str] = []
        self.error: Exception | None = None
        self._fails = fails or {}
        self.resident = Resident("stt", self._load, lambda: places or (CPU,), self.told.append)

    def _load(self, place: Place) -> Engine:
        if self.error is not None:
            raise self.error
        if place.device in self.full:
            raise DeviceFailedError(f"{place.device} is full")
        self.loaded.append(Engine(place, self._fails))
        return self.loaded[-1]


def test_engine_is_loaded_and_warmed_once() -> None:
    home = Home()
    assert home.resident.get() is home.resident.get()
    assert [engine.warmed for engine in home.loaded] == [True]


def test_released_engine_is_closed_and_loaded_again_on_use() -> None:
    home = Home()
    gone = weakref.ref(home.resident.get())
    engine = home.loaded.pop()
    home.resident.release()
    assert engine.closed
    del engine
    gc.collect()
    assert gone() is None
    assert home.resident.use(Engine.where) == "cpu"
    home.resident.release()
    home.resident.release()


def test_engine_whose_process_has_ended_is_closed_and_loaded_again() -> None:
    home = Home()
    home.resident.get()
    home.loaded[0].crashed = True
    assert home.resident.use(Engine.where) == "cpu"
    assert [(engine.closed, engine.warmed) for engine in home.loaded] == [
        (True, True), (False, True)
    ]  # fmt: skip


def test_device_that_is_full_on_loading_is_skipped() -> None:
    home = Home(GPU, SECOND, CPU, full=("cuda:0", "cuda:1"))
    assert home.resident.use(Engine.where) == "cpu"
    assert home.told == [
        "cuda:0 is full; it moves from cuda:0 float16 to cuda:1 float16",
        "cuda:1 is full; it moves from cuda:1 float16 to cpu float32",
    ]


def test_device_that_fills_up_during_a_call_does_not_fail_the_call() -> None:
    home = Home(GPU, CPU, fails={"cuda:0": 0})
    assert home.resident.use(Engine.where) == "cpu"
    assert [engine.closed for engine in home.loaded] == [True, False]
    assert len(home.told) == 1


def test_stream_restarts_elsewhere_only_before_its_first_item() -> None:
    home = Home(GPU, CPU, fails={"cuda:0": 0})
    assert list(home.resident.stream(Engine.count)) == [0, 1, 2]
    home = Home(GPU, CPU, fails={"cuda:0": 2})
    items: list[int] = []
    with pytest.raises(DeviceFailedError):
        items.extend(home.resident.stream(Engine.count))
    assert items == [0, 1]
    assert list(home.resident.stream(Engine.count)) == [0, 1, 2]


@pytest.mark.parametrize("use", [Resident.get, lambda home: home.use(Engine.where)])
def test_with_no_device_left_the_call_fails_and_the_next_tries_all_again(
    use: Callable[[Resident[Engine]], object],
) -> None:
    home = Home(GPU, CPU, full=("cuda:0", "cpu"))
    with pytest.raises(DeviceFailedError, match="cpu is full"):
        use(home.resident)
    home.full.clear()
    assert home.resident.use(Engine.where) == "cuda:0"


def test_model_that_cannot_be_loaded_at_start_up_is_fatal() -> None:
    home = Home()
    home.error = ModelMissingError("no such model")
    with pytest.raises(ModelLoadError):
        home.resident.get()


def test_engine_that_cannot_be_closed_is_dropped_anyway(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Stubborn(Engine):
        def close(self) -> None:
            raise ZeroDivisionError("bug")

    resident = Resident("stt", lambda place: Stubborn(place, {}), lambda: (CPU,), print)
    first = resident.get()
    resident.release()
    assert resident.get() is not first
    assert "stt cannot be closed" in caplog.text


def test_loading_is_visible() -> None:
    seen: list[bool] = []

    def load(place: Place) -> Engine:
        seen.append(resident.loading_since_s is not None)
        return Engine(place, {})

    resident = Resident("stt", load, lambda: (CPU,), print)
    resident.get()
    assert (seen, resident.loading_since_s) == ([True], None)


def test_memory_of_a_released_engine_returns_to_the_system() -> None:
    import torch

    class Large:
        def __init__(self) -> None:
            # Many small pieces, which an allocator tends to keep.
            self.tensors = [torch.ones(16_384) for _ in range(4_000)]

    before = resident_mb()
    resident = Resident("llm", lambda _: Large(), lambda: (CPU,), print)
    resident.get()
    full = resident_mb()
    resident.release()
    assert full - before > 200
    assert resident_mb() - before < 0.2 * (full - before)


def test_failure_does_not_keep_the_tensors_of_its_frames() -> None:
    import torch

    kept: list[weakref.ref[torch.Tensor]] = []

    def work(engine: Engine) -> str:
        if engine.place == GPU:
            tensor = torch.ones(1000)
            kept.append(weakref.ref(tensor))
            raise DeviceFailedError("out of memory")
        assert kept[0]() is None
        return engine.place.device

    assert Home(GPU, CPU).resident.use(work) == "cpu"


def test_model_on_a_lost_device_moves_without_freeing_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    def gone() -> None:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", gone)
    home = Home(GPU, CPU, fails={"cuda:0": 0})
    assert home.resident.use(Engine.where) == "cpu"
