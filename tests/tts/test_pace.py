"""Choosing window lengths by the speed of the machine."""

from collections.abc import Iterator
from itertools import islice, pairwise

import numpy as np
import pytest

from marvin.tts.pace import Pace
from marvin.types import Samples


class Machine:
    """A machine whose clock advances by the cost of the windows."""

    def __init__(self, work: float) -> None:
        """`work` is in seconds per second of speech."""
        self.work = work
        self.now_s = 0.0
        self.pace = Pace(16_000, lambda: self.now_s)

    def speak(self, *lengths: int) -> Iterator[Samples]:
        for length in lengths:
            self.now_s += self.work * length / 16_000
            yield np.zeros(length, np.float32)

    def say(self, *lengths: int) -> None:
        for _ in self.pace.timed(self.speak(*lengths)):
            self.now_s += 60.0  # The listener takes time.


def sizes(machine: Machine) -> list[int]:
    return list(islice(machine.pace.sizes(), 7))


def test_machine_of_unknown_speed_makes_one_window() -> None:
    assert sizes(Machine(0.1)) == []


@pytest.mark.parametrize("work", [0.01, 0.2, 0.35, 0.45, 0.6, 0.69])
def test_each_window_is_made_while_the_previous_one_plays(work: float) -> None:
    machine = Machine(work)
    machine.say(20_000, 10_000)
    lengths = sizes(machine)
    assert lengths[0] == 12
    for before, after in pairwise(lengths):
        assert work * after <= 0.7 * before + 1
        assert before <= after <= 2 * before + 1


def test_windows_grow_where_there_is_time() -> None:
    machine = Machine(0.2)
    machine.say(16_000)
    assert sizes(machine) == [12, 24, 48, 96, 192, 384, 768]


@pytest.mark.parametrize("work", [0.7, 1.0, 30.0])
def test_slow_machine_makes_one_window(work: float) -> None:
    machine = Machine(work)
    machine.say(16_000)
    assert sizes(machine) == []


def test_machine_that_was_busy_once_gets_another_chance() -> None:
    machine = Machine(2.0)
    machine.say(16_000)
    machine.work = 0.1
    machine.say(16_000)
    assert sizes(machine) == []
    machine.say(16_000)
    assert len(sizes(machine)) == 7
    machine.pace.forget()
    assert sizes(machine) == []


def test_windows_are_passed_on_unchanged() -> None:
    machine = Machine(0.1)
    assert [len(one) for one in machine.pace.timed(machine.speak(3, 5))] == [3, 5]
