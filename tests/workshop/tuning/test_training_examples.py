"""Labels are on the answer alone."""

from pathlib import Path
from typing import Any

import pytest

from marvin.backends.pretrained.audio_checkpoint import AudioFamily, family_of, load_audio_processor
from marvin.backends.pretrained.audio_prompt import AudioPrompt
from marvin.errors import TrainingError
from marvin.hub.source import Source
from marvin.workshop.audio_questions.example import Example
from marvin.workshop.tuning.training_examples import NO_LABEL, Collator, with_answer
from tests.checkpoints.audio_llm import make_voxtral
from tests.paths import SAMPLES

torch = pytest.importorskip("torch")

RECORDINGS = sorted(SAMPLES.glob("*.wav"))[:2]


def example(answer: str, recording: Path) -> Example:
    return Example("row 1", recording, "Well?", (answer, "another"))


@pytest.fixture(params=["audio_flamingo", "voxtral"])
def prompt(request: pytest.FixtureRequest, tmp_path: Path) -> AudioPrompt:
    if request.param == "voxtral":
        pytest.importorskip("mistral_common")
        folder = make_voxtral(tmp_path)
    else:
        folder = request.getfixturevalue("audio_flamingo")
    source = Source("--model", str(folder))
    family: AudioFamily = family_of(source)
    return AudioPrompt(load_audio_processor(source, family), family)


def test_labels_only_on_the_answer(prompt: AudioPrompt) -> None:
    answers = ("a quarter to twelve", "no")
    encoded = [
        with_answer(example(answer, recording), prompt, 4096)
        for answer, recording in zip(answers, RECORDINGS, strict=True)
    ]
    batch: dict[str, Any] = Collator(prompt, torch.bfloat16)(encoded)
    eos = prompt.tokenizer.eos_token_id
    for row, answer in enumerate(answers):
        labels = batch["labels"][row]
        (found,) = torch.nonzero(labels != NO_LABEL, as_tuple=True)
        # One run of tokens, in place, with the token that ends the answer.
        assert found.tolist() == list(range(int(found[0]), int(found[-1]) + 1))
        assert labels[found].tolist() == batch["input_ids"][row, found].tolist()
        assert labels[found[-1]] == eos
        assert prompt.tokenizer.decode(labels[found[:-1]].tolist()) == answer
        assert int(batch["attention_mask"][row].sum()) == int(found[-1]) + 1
    assert batch["input_features"].dtype == torch.bfloat16
    assert batch["input_ids"].dtype == torch.int64


def test_answer_longer_than_the_context(prompt: AudioPrompt) -> None:
    with pytest.raises(TrainingError, match=r"row 1: the answer has .* tokens, and the model's"):
        with_answer(example("no " * 100, RECORDINGS[0]), prompt, 90)
    with pytest.raises(TrainingError, match=r"row 1: recording and question have \d+ tokens"):
        with_answer(example("no", RECORDINGS[0]), prompt, 20)
