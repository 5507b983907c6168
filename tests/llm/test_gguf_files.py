"""What is said when llama.cpp, its file or its GPU is missing."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from marvin.backends.pretrained.place import Place
from marvin.errors import DeviceFailedError, ModelLoadError
from tests.llm.models import LoadGguf
from tests.llm.tiny_gguf import write_tiny_gguf

pytestmark = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="needs xllamacpp")


def test_other_files_are_errors_that_say_what_to_do(
    tiny: Path, tmp_path: Path, load: LoadGguf
) -> None:
    data = tiny.read_bytes()
    damaged = tmp_path / "damaged.gguf"
    for content, text in {
        b"": "damaged or no GGUF file",
        b"hello": "damaged or no GGUF file",
        data[:4] + b"\x09" + data[5:]: "version 9; Marvin knows 2 and 3",
        data[: len(data) // 2]: "damaged or incomplete: fetch it again",
        data[:200]: "damaged or no GGUF file",
    }.items():
        damaged.write_bytes(content)
        with pytest.raises(ModelLoadError, match=text):
            load(damaged)
    write_tiny_gguf(damaged, "tomorrow")
    with pytest.raises(ModelLoadError, match="'tomorrow': `pip install --upgrade xllamacpp`"):
        load(damaged)


def test_gpu_that_the_build_lacks(load: LoadGguf) -> None:
    with pytest.raises(DeviceFailedError, match="has no GPU support"):
        load(place=Place("cuda:7"))


def test_without_xllamacpp_the_command_is_named(
    load: LoadGguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelLoadError, match=r"needs llama\.cpp.*`pip install xllamacpp`"):
        load()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise ImportError('libcuda.so.1: no such file')", "ImportError: libcuda.so.1: no such"),
        ("", "AttributeError: module 'xllamacpp' has no attribute 'CommonParams'"),
        ("import os; os.write(2, b'bad weather\\n'); os.abort()", "status -6.*: bad weather"),
    ],
)
def test_a_broken_xllamacpp_says_why(
    load: LoadGguf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    (tmp_path / "xllamacpp").mkdir()
    (tmp_path / "xllamacpp" / "__init__.py").write_text(code)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelLoadError, match=f"cannot be loaded by llama.cpp: .*{says}"):
        load()
