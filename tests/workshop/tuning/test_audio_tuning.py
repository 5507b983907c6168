"""Fine-tuning a tiny model: what it changes, and that it can be stopped at any time."""

import copy
import json
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from marvin.backends.pretrained.adapter import WEIGHTS, add_adapter, load_with_adapter
from marvin.backends.pretrained.audio_checkpoint import load_audio_checkpoint
from marvin.backends.pretrained.audio_prompt import AudioPrompt
from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.hearing import AudioFlamingoConfig
from marvin.errors import MarvinError, ModelLoadError, TrainingError
from marvin.hub.source import Source
from marvin.llm.audio_llm.hearing_model import HearingLanguageModel
from marvin.skills.store.writer_lock import WriterLock
from marvin.types import Message
from marvin.workshop.audio_questions.answering import Answerer
from marvin.workshop.audio_questions.example import BadExamples
from marvin.workshop.audio_questions.opening import DataRequest
from marvin.workshop.tuning.audio_tuning import prepare
from marvin.workshop.tuning.lora import add_lora
from marvin.workshop.tuning.merging import merge
from marvin.workshop.wake_train.progress import Progress
from tests.checkpoints.audio_llm import make_audio_flamingo
from tests.workshop.tuning.conftest import Runs, stop

torch = pytest.importorskip("torch")


def at_step(step: int, act: Callable[[], None]) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        if progress.done == step and not progress.news:
            act()

    return report


def same(one: Path, other: Path) -> bool:
    first, second = load_file(one / WEIGHTS), load_file(other / WEIGHTS)
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


def inputs() -> dict[str, Any]:
    return {"input_ids": torch.arange(40, 60)[None]}


def test_gradients_only_in_the_adapter(runs: Runs) -> None:
    base = load_audio_checkpoint(Source("--model", str(runs.model)), CPU).model
    model = add_lora(base, "tiny", rank=2, seed=1)
    model(**inputs(), labels=inputs()["input_ids"]).loss.backward()
    changing = {name for name, one in model.named_parameters() if one.grad is not None}
    assert changing == {name for name, one in model.named_parameters() if one.requires_grad}
    assert {"lora_A", "lora_B"} == {name.split(".")[-3] for name in changing}
    assert {name.split(".")[-4] for name in changing} == {
        *("q_proj", "k_proj", "v_proj", "o_proj"),
        *("gate_proj", "up_proj", "down_proj"),
    }
    assert not any("audio_tower" in name for name in changing)


def test_merged_equals_unmerged(runs: Runs, finished: Path, tmp_path: Path) -> None:
    merge(finished, tmp_path / "merged")
    plain = load_audio_checkpoint(Source("--model", str(runs.model)), CPU)
    merged = load_audio_checkpoint(Source("--model", str(tmp_path / "merged")), CPU)
    adapted = add_adapter(copy.deepcopy(plain.model), finished, str(runs.model))
    with torch.inference_mode():
        found, wanted, before = (
            one(**inputs()).logits for one in (merged.model, adapted, plain.model)
        )
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(found, before, atol=1e-2)
    assert merged.processor.tokenizer.get_vocab() == plain.processor.tokenizer.get_vocab()
    with pytest.raises(TrainingError, match="not an empty folder"):
        merge(finished, tmp_path / "merged")


def test_the_mind_uses_an_adapter(runs: Runs, finished: Path) -> None:
    question = [Message("user", "Well?", audio=(np.full(8000, 0.1, np.float32),))]

    def answer(**values: str) -> str:
        config = AudioFlamingoConfig(model=str(runs.model), max_tokens=8, **values)
        engine = HearingLanguageModel.load(config, CPU)
        return "".join(engine.generate(question, CancelToken()))

    evaluated = load_with_adapter("--model", str(finished), CPU)
    prompt = AudioPrompt(evaluated.processor, evaluated.family)
    (expected,) = Answerer(evaluated.model, prompt, 8).answers([prompt.encode(question)])
    assert answer(adapter=str(finished)).strip() == expected != answer().strip()


def test_ctrl_c_and_going_on_gives_the_same_steps(
    runs: Runs, finished: Path, tmp_path: Path
) -> None:
    request = runs.request(tmp_path / "out")
    assert not runs.train(request, at_step(1, lambda: signal.raise_signal(signal.SIGINT)))
    assert not (tmp_path / "out" / WEIGHTS).exists()
    steps: list[int] = []
    assert runs.train(request, lambda progress: steps.append(progress.done))
    assert steps[0] == 1
    assert same(tmp_path / "out", finished)
    assert not (tmp_path / "out" / "training").exists()


@pytest.fixture
def file_limit() -> Iterator[Callable[[], None]]:
    """Lets no file grow beyond a few bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_in_a_checkpoint(
    runs: Runs, finished: Path, tmp_path: Path, file_limit: Callable[[], None]
) -> None:
    request = runs.request(tmp_path / "out")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.raises(TrainingError, match=r"disk of .* is full.*it goes on from step 1"):
        runs.train(request, at_step(2, file_limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [one.name for one in (tmp_path / "out" / "training").glob("checkpoint-*")] == [
        "checkpoint-1"
    ]
    assert runs.train(request)
    assert same(tmp_path / "out", finished)


def test_adapter_for_another_model(finished: Path, tmp_path: Path) -> None:
    make_audio_flamingo(tmp_path, num_hidden_layers=1, hidden_size=64)
    other = load_audio_checkpoint(Source("--model", str(tmp_path)), CPU).model
    with pytest.raises(ModelLoadError, match=r"was trained for .*, not for larger"):
        add_adapter(other, finished, "larger")
    folder = shutil.copytree(finished, tmp_path / "renamed")
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "mistralai/Voxtral-Mini-3B-2507"
    (folder / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(ModelLoadError, match="Voxtral-Mini-3B-2507, not for nvidia/flamingo"):
        add_adapter(other, folder, "nvidia/flamingo")
    with pytest.raises(ModelLoadError, match="marvin models pull mistralai/Voxtral"):
        load_with_adapter("--model", str(folder), CPU)
    (folder / WEIGHTS).unlink()
    with pytest.raises(ModelLoadError, match="is no adapter"):
        add_adapter(other, folder, "larger")


def test_folder_in_use(runs: Runs, finished: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="another --rank: choose another --out"):
        prepare(runs.request(finished, rank=3), stop())
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").touch()
    with pytest.raises(TrainingError, match="is not empty, and no training"):
        prepare(runs.request(tmp_path / "photos", fresh=True), stop())
    assert (tmp_path / "photos" / "holiday.jpg").exists()
    out = shutil.copytree(finished, tmp_path / "out")
    held = WriterLock(out / "training" / "lock")
    assert held.claim() is None
    with pytest.raises(TrainingError, match=r"in use by another training \(process \d+\)"):
        prepare(runs.request(out), stop())
    held.release()


@pytest.mark.parametrize("name", ["file", "file/out"])
def test_a_folder_that_cannot_be_made(
    runs: Runs, finished: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="cannot be written: Not a directory"):
        prepare(runs.request(tmp_path / name), stop())
    with pytest.raises(TrainingError, match=r"is not an empty folder|cannot be written"):
        merge(finished, tmp_path / name)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"held_out": 6}, "6 examples are too few to hold 6 out"),
        ({"evaluation": DataRequest("nowhere")}, "the data set nowhere cannot be read"),
        ({"model": "nobody/nothing"}, "marvin models pull nobody/nothing"),
    ],
)
def test_bad_requests(runs: Runs, tmp_path: Path, values: dict[str, object], told: str) -> None:
    if "evaluation" in values:
        pytest.importorskip("datasets")
    model = str(values.pop("model", runs.model)) if "model" in values else str(runs.model)
    request = Runs(Path(model), runs.data).request(tmp_path / "out", **values)
    with pytest.raises(MarvinError) as refused:
        prepare(request, stop())
    assert told in str(refused.value)


def test_bad_examples_are_left_out_at_every_pass(
    runs: Runs, questions: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(questions, tmp_path / "data")
    lines = (folder / "data.jsonl").read_text().splitlines()
    lines = [lines[0], '{"audio": "gone.wav", "answer": "yes"}', "{", lines[1]]
    lines.append(json.dumps(json.loads(lines[0]) | {"answer": "no " * 2000}))
    (folder / "data.jsonl").write_text("\n".join(lines))
    said: list[str] = []
    request = Runs(runs.model, folder).request(tmp_path / "out", skip_bad=True, max_steps=5)
    ready = prepare(request, BadExamples(skip=True, tell=said.append))
    batches = iter(ready.trainer.train_dataset)
    assert len({next(batches).conversation.ids for _ in range(8)}) == 2
    assert [text.partition("jsonl, ")[2][:6] for text in said] == ["line 2", "line 3", "line 5"]
    ready.folder.release()
