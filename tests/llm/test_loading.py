"""Broken, missing and unsuitable checkpoints: one message each."""

import shutil
from pathlib import Path

import pytest

from marvin.errors import ModelLoadError, ModelMissingError
from tests.checkpoints.chat import make_chat
from tests.llm.models import edit, load


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chat(tmp_path_factory.mktemp("chat"))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("config.json", None, "config.json"),
        ("config.json", '{"model_type": "zzz"}', "zzz"),
        ("config.json", '{"model_type": "whisper"}', "'whisper' is not a causal language model"),
        ("config.json", '{"model_type": "audio-spectrogram-transformer"}', "ASTConfig"),
        ("tokenizer.json", None, "its tokenizer files are missing"),
        ("tokenizer.json", "{", "cannot be loaded"),
        ("model.safetensors", None, "model.safetensors"),
        ("model.safetensors", "short", "cannot be loaded"),
        ("chat_template.jinja", "{% for %}", "its chat template is broken"),
        ("chat_template.jinja", "{{ raise_exception('never') }}", "its chat template is broken"),
    ],
)
def test_broken_checkpoint_is_reported_in_one_message(
    chat: Path, tmp_path: Path, name: str, content: str | None, complaint: str
) -> None:
    folder = shutil.copytree(chat, tmp_path / "broken")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(ModelLoadError, match=complaint) as failure:
        load(folder)
    assert str(failure.value).startswith(f"llm.model = {str(folder)!r}")


def test_code_in_a_checkpoint_is_neither_run_nor_offered(chat: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(chat, tmp_path / "custom")
    (folder / "model.py").write_text("raise SystemExit('run')")
    custom = {"AutoConfig": "model.A", "AutoModelForCausalLM": "model.B"}
    edit(folder, "config.json", model_type="custom", auto_map=custom)
    with pytest.raises(ModelLoadError, match="custom code"):
        load(folder)


def test_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = make_chat(tmp_path, vocab_size=100)
    with pytest.raises(ModelLoadError, match=r"tokenizer has \d+ tokens, its model 100"):
        load(folder)


def test_model_that_was_never_fetched_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissingError, match="marvin models pull nobody/nothing"):
        load(Path("nobody/nothing"))
