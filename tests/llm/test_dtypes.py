"""The dtypes that placement may choose by itself leave a language model's words as they are."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.accuracy.dtype_fidelity import Answer, answers, fidelity
from marvin.config.llm import TransformersConfig
from tests.published import published


@pytest.fixture(scope="module")
def folder() -> Path:
    return published("smollm2-135m-instruct")


@pytest.fixture(scope="module")
def exact(folder: Path) -> Sequence[Answer]:
    return answers(folder)


@pytest.mark.parametrize("dtype", TransformersConfig.traits.cpu)
def test_no_dtype_that_auto_may_choose_loses_words(
    folder: Path, exact: Sequence[Answer], dtype: str
) -> None:
    found = fidelity(folder, dtype, exact)
    assert found.same >= 0.95
    assert found.perplexity <= 1.02 * fidelity(folder, "float32", exact).perplexity


def test_the_measure_tells_a_dtype_that_loses_words(folder: Path, exact: Sequence[Answer]) -> None:
    assert fidelity(folder, "int8", exact).same < 0.95
