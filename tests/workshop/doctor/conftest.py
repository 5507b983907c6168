"""Makes the tests independent of how busy the machine is."""

from collections.abc import Callable

import pytest

from marvin.workshop.doctor import patience


@pytest.fixture
def load(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], None]:
    """Set the number of programs that want to compute."""
    file = tmp_path_factory.mktemp("proc") / "loadavg"
    monkeypatch.setattr(patience, "_LOAD", file)
    return lambda count: (file.write_text(f"{count}.00 0.50 0.50 {count}/200 4711\n"), None)[1]


@pytest.fixture(autouse=True)
def quiet(load: Callable[[int], None]) -> None:
    load(0)
