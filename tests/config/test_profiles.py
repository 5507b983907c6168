"""Which profile for which machine: described hardware."""

import pytest

from marvin.config.profiles import Machine, choose_profile, this_machine
from marvin.config.tables import ProfileConfig

PROFILES = {
    "gpu": ProfileConfig(gpu=True, min_memory_gb=16, models=("big/model",)),
    "laptop": ProfileConfig(min_memory_gb=8, models=("small/model",)),
    "embedded": ProfileConfig(),
}
SMALL = frozenset({"small/model"})


@pytest.mark.parametrize(
    ("machine", "name", "why"),
    [
        (Machine(32, True, frozenset({"big/model"})), "gpu", "the best this machine can run"),
        (Machine(32, False, SMALL), "laptop", "gpu needs the model big/model and a GPU"),
        (Machine(4, False, SMALL), "embedded", "laptop needs 8 GB of memory"),
        (Machine(32, True, frozenset()), "embedded", "laptop needs the model small/model"),
    ],
)
def test_auto_takes_the_best_that_runs_and_says_why(machine: Machine, name: str, why: str) -> None:
    chosen, line = choose_profile("auto", PROFILES, machine)
    assert chosen == name
    assert why in line
    assert "\n" not in line


def test_what_is_configured_is_taken() -> None:
    chosen, _ = choose_profile("gpu", PROFILES, Machine(1, False, frozenset()))
    assert chosen == "gpu"


def test_with_no_profile_that_runs_it_is_embedded() -> None:
    chosen, _ = choose_profile("auto", {"gpu": PROFILES["gpu"]}, Machine(1, False, frozenset()))
    assert chosen == "embedded"


def test_this_machine_has_memory_and_not_a_model_that_nobody_fetched() -> None:
    machine = this_machine(frozenset({"nobody/has-this-model"}))
    assert machine.memory_gb > 0.5
    assert machine.models == frozenset()
