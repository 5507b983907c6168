"""GGUF files: which one of a repository, from where, and where other programs keep theirs."""

import json
from pathlib import Path

import pytest

from marvin.config.llm import GgufConfig
from marvin.config.needs import needs
from marvin.config.tables import Config
from marvin.engines.placement.sizes import SizeOrigin, size_of
from marvin.errors import ModelLoadError, ModelMissingError
from marvin.hub import gguf_places
from marvin.hub.choosing import FileChoice, choose
from marvin.hub.gguf_header import read_header
from marvin.hub.source import Source, can_be_fetched, is_folder, is_present, locate
from tests.hub.fake_hub import Repository
from tests.hub.machine import Machine
from tests.llm.tiny_gguf import CONTEXT, write_tiny_gguf

NAME = "owner/chat-GGUF"
FILES = [
    "README.md", "chat-q4_k_m.gguf", "chat-q8_0.gguf", "chat-fp16.gguf", "mmproj-chat-q8_0.gguf",
    "chat-q5_k_m-00001-of-00002.gguf", "chat-q5_k_m-00002-of-00002.gguf",
]  # fmt: skip


def source(name: str, revision: str | None = None) -> Source:
    return Source("llm.model", name, revision, gguf=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("OLLAMA_MODELS", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setattr(gguf_places, "_OF_THE_SERVICE", tmp_path / "service")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        (NAME, ["chat-q4_k_m.gguf"]),
        (f"{NAME}:Q4_K_M", ["chat-q4_k_m.gguf"]),
        (f"{NAME}:q8_0", ["chat-q8_0.gguf"]),
        (f"{NAME}:Q5_K_M", FILES[5:]),
    ],
)
def test_the_quantisation_is_chosen_by_name(name: str, chosen: list[str]) -> None:
    assert choose("model", FILES, name) == FileChoice(tuple(chosen))


def test_without_a_preferred_quantisation_all_shards_of_one_file_are_chosen() -> None:
    shards = ("m-bf16-00001-of-00002.gguf", "m-bf16-00002-of-00002.gguf")
    assert choose("model", [*shards, "m-f32.gguf"], NAME) == FileChoice(shards)


def test_safetensors_come_first_unless_a_quantisation_is_named() -> None:
    files = ["config.json", "model.safetensors", *FILES]
    plain = choose("model", files, NAME)
    assert plain is not None
    assert plain.plain == ("config.json", "model.safetensors")
    assert choose("model", files, f"{NAME}:Q8_0") == FileChoice(("config.json", "chat-q8_0.gguf"))
    assert choose("model", files, f"{NAME}:Q2_K") is None


def test_from_the_hub_to_the_file_and_away_again(machine: Machine, tmp_path: Path) -> None:
    tiny = write_tiny_gguf(tmp_path / "tiny.gguf").read_bytes()
    other = tiny + bytes(1000)
    files = {**dict.fromkeys(FILES, tiny), "chat-q4_k_m.gguf": other}
    machine.hub.repositories[NAME] = Repository([files])
    wrong = machine.marvin("models", "pull", f"{NAME}:Q2_K")
    assert wrong.returncode == 1
    assert "has no such quantisation; it has: chat-fp16.gguf, chat-q4_k_m.gguf" in wrong.stderr
    for quantisation in ("Q8_0", "Q4_K_M"):
        done = machine.marvin("models", "pull", f"{NAME}:{quantisation}")
        assert (done.returncode, done.stderr) == (0, "")
    find = (
        "from marvin.hub.source import *\n"
        f"print(locate(Source('llm.model', '{NAME}:Q8_0', gguf=True)))"
    )
    file = Path(machine.python(find))
    assert (file.name, file.read_bytes()) == ("chat-q8_0.gguf", tiny)
    assert "ok (" in machine.marvin("models", "check").stdout
    # The other one comes from the same commit.
    stored = [path.stat().st_size for path in (machine.cache(NAME) / "blobs").iterdir()]
    assert sorted(stored) == [len(tiny), len(other)]
    machine.configure(f'[llm]\nengine = "gguf"\nmodel = "{NAME}:Q8_0"\n')
    assert machine.marvin("models", "prune", "--yes").returncode == 0
    assert list(machine.pins) == [f"{NAME}:Q8_0"]
    assert list(file.parent.iterdir()) == [file]
    (blob,) = (machine.cache(NAME) / "blobs").iterdir()
    assert file.resolve() == blob
    assert file.read_bytes() == tiny


def test_a_path_is_a_path(home: Path) -> None:
    file = write_tiny_gguf(home / "tiny.gguf")
    assert locate(source("~/tiny.gguf")) == file
    for name in ("tiny.gguf", "models/tiny.gguf"):
        assert is_folder(name)
        assert not can_be_fetched(name)
    with pytest.raises(ModelLoadError, match=r"'~/other\.gguf': there is no such file"):
        locate(source("~/other.gguf"))


def test_what_ollama_has_is_found_by_its_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:0"},
        {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:12ab"},
    ]
    for models in (home / ".ollama" / "models", home / "elsewhere"):
        blob = write_tiny_gguf(_made(models / "blobs") / "sha256-12ab")
        for path in ("registry.ollama.ai/library/llama3.2/3b", f"hf.co/{NAME}/Q4_K_M"):
            manifest = models / "manifests" / path
            _made(manifest.parent)
            manifest.write_text(json.dumps({"layers": layers}))
        assert locate(source("llama3.2:3b")) == blob
        assert locate(source(f"{NAME}:Q4_K_M")) == blob
        with pytest.raises(ModelLoadError, match=r"Ollama, which has llama3\.2:3b, does not know"):
            locate(source("llama3.2"))
        monkeypatch.setenv("OLLAMA_MODELS", str(home / "elsewhere"))


def test_what_lm_studio_has_is_found_by_its_name(home: Path) -> None:
    folder = _made(home / ".lmstudio" / "models" / NAME)
    file = write_tiny_gguf(folder / "chat-Q4_K_M.gguf")
    for name in (NAME, f"{NAME}:Q4_K_M"):
        assert locate(source(name)) == file
    assert not is_present(source(f"{NAME}:Q8_0"))


def test_what_another_program_fetched_is_found(home: Path) -> None:
    cache = home / "hf" / "models--owner--chat-GGUF"
    (_made(cache / "refs") / "main").write_text("c0ffee")
    file = write_tiny_gguf(_made(cache / "snapshots" / "c0ffee") / "chat-Q8_0.gguf")
    assert locate(source(f"{NAME}:Q8_0")) == file


def test_a_revision_is_that_of_the_hub(home: Path) -> None:
    cache = home / "hf" / "models--owner--chat-GGUF"
    (_made(cache / "refs") / "v1").write_text("c0ffee")
    file = write_tiny_gguf(_made(cache / "snapshots" / "c0ffee") / "chat-Q8_0.gguf")
    write_tiny_gguf(_made(home / ".lmstudio" / "models" / NAME) / "chat-Q8_0.gguf")
    for revision in ("v1", "c0ffee"):
        assert locate(source(NAME, revision)) == file
    with pytest.raises(ModelMissingError, match="at revision 'v2'"):
        locate(source(NAME, "v2"))


def test_a_folder_that_cannot_be_read_has_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, but no path as long as this one."""
    unreadable = home / ("a" * 300)
    monkeypatch.setenv("OLLAMA_MODELS", str(unreadable))
    monkeypatch.setattr(gguf_places, "_OF_THE_SERVICE", unreadable)
    with pytest.raises(ModelLoadError, match=r"Ollama, which has nothing, does not know"):
        locate(source("llama3.2:3b"))
    assert not is_present(source(f"{unreadable}/tiny.gguf"))


def test_a_missing_one_names_the_command(home: Path) -> None:
    with pytest.raises(ModelMissingError, match=f"`marvin models pull {NAME}:Q8_0` fetches it"):
        locate(source(f"{NAME}:Q8_0"))


def test_its_size_and_shapes_are_read_from_its_header(tmp_path: Path) -> None:
    file = write_tiny_gguf(tmp_path / "tiny[1].gguf")
    (one,) = (
        need for need in needs(Config(llm=GgufConfig(model=str(file)))) if need.key == "llm.model"
    )
    size = size_of(one, 1)
    assert (size.parameters, size.origin) == (file.stat().st_size // 4, SizeOrigin.FILES)
    shapes = {
        "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 99,
    }  # fmt: skip
    assert size.settings == shapes
    assert read_header(file, one).context == CONTEXT


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
