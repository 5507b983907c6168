"""The real `marvin run` with transformers and server engines: a whole turn with each.

The checkpoints are small ones trained on what is said here (see tests/checkpoints); the stand-ins
in the data folder know more.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from marvin.config.generate import toml
from marvin.types import RATE_HZ, Samples
from tests.checkpoints import voices
from tests.checkpoints.chat import make_talkative
from tests.checkpoints.moonshine import make_spoken_moonshine
from tests.checkpoints.spoken_whisper import Clip, make_spoken_whisper, say
from tests.checkpoints.whisper import SENTENCES
from tests.cli.test_cli import marvin
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import delta
from tests.paths import DATA, SAMPLES
from tests.test_run import Run, whole_run
from tests.transformers_server import serving

SAID = "Marvin, who was Ada?"
HEARD = "who was Ada?"
REPLY = "She wrote programs. Long ago."
_STEPS = 200
"""One sentence is learned in half the time of four."""
WEIGHTS = DATA / "weights"
DIGITS = WEIGHTS.parent / "speech-en" / "fsdd"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def clips() -> dict[str, Clip]:
    return say((SAID,))


@pytest.fixture(scope="module")
def question(folder: Path, clips: Mapping[str, Clip]) -> Path:
    return write(folder / "question.wav", in_a_room(clips[SAID].samples))


@pytest.fixture(scope="module")
def whisper(folder: Path, clips: Mapping[str, Clip]) -> dict[str, object]:
    model = make_spoken_whisper(folder / "whisper", clips, steps=_STEPS)
    return {"engine": "whisper", "model": str(model), "partial_s": 0.4}


@pytest.fixture(scope="module")
def chat(folder: Path) -> Path:
    return make_talkative(folder / "chat", [(HEARD, REPLY)])


@pytest.fixture(scope="module")
def llm(chat: Path) -> dict[str, object]:
    return {"engine": "transformers", "model": str(chat), "first_token_s": 30.0}


def in_a_room(*sounds: Samples, pause_s: float = 0.4) -> Samples:
    """The sounds in sequence, with a second of quiet before and after them."""
    rng = np.random.default_rng(1)

    def quiet(seconds: float) -> Samples:
        return (rng.standard_normal(round(seconds * RATE_HZ)) * 3e-4).astype(np.float32)

    parts = [quiet(1.0)]
    for sound in sounds:
        parts += [sound.astype(np.float32), quiet(pause_s)]
    return np.concatenate([*parts, quiet(1.5)])


def write(path: Path, samples: Samples) -> Path:
    import soundfile

    soundfile.write(path, samples, RATE_HZ)
    return path


def read(path: Path) -> Samples:
    """At RATE_HZ."""
    import soundfile
    import soxr

    samples, rate_hz = soundfile.read(path, dtype="float32")
    return np.asarray(soxr.resample(samples, rate_hz, RATE_HZ), np.float32)


def tables(**stages: Mapping[str, object]) -> str:
    """The text of models.toml."""
    lines = ['profile = "embedded"']
    for stage, keys in stages.items():
        lines += [f"[{stage}]", *(f"{key} = {toml(value)}" for key, value in keys.items())]
    return "\n".join(lines)


def turn(run: Run) -> Mapping[str, object]:
    return next(event for event in reversed(run.events) if event["event"] == "turn_finished")


def said(run: Run) -> str:
    return " ".join(map(str, run.texts("replied")))


def test_whisper_and_a_local_language_model(
    question: Path, whisper: dict[str, object], llm: dict[str, object], tmp_path: Path
) -> None:
    run = whole_run(tmp_path, "--input", str(question), config=tables(stt=whisper, llm=llm))
    assert run.texts("heard") == [HEARD]
    assert said(run) == REPLY
    assert run.reply_s() > 1.0
    partials = [event for event in run.events if event["event"] == "partly_heard"]
    assert partials
    stable = [str(event["text"])[: int(str(event["stable"]))] for event in partials]
    assert all(HEARD.startswith(text) for text in stable)
    # How far they have come by the pause depends on the machine.
    assert all(event["text"] for event in partials)


def test_speech_rejected_by_a_gate_never_reaches_the_language_model(
    question: Path, whisper: dict[str, object], tmp_path: Path
) -> None:
    # No words are certain enough.
    whisper = whisper | {"min_log_probability": 0.0, "partial_s": 0}
    with FaultyServer(always=Answer.events(delta("Hello."))) as server:
        llm = {"engine": "chat", "base_url": f"{server.url}/v1", "model": "tiny"}
        run = whole_run(tmp_path, "--input", str(question), config=tables(stt=whisper, llm=llm))
    assert run.texts("heard") == [""]
    assert turn(run)["outcome"] == "not understood"
    assert said(run) == "Sorry, I did not get that."
    # It may be asked for a greeting, to make it load its model.
    asked = [request.json()["messages"][-1]["content"] for request in server.requests]
    assert set(asked) <= {"Hello."}


def test_long_file_is_transcribed_with_word_times(
    clips: Mapping[str, Clip], whisper: dict[str, object], tmp_path: Path
) -> None:
    times = 26
    clip = clips[SAID].samples
    path = write(tmp_path / "long.wav", in_a_room(*[clip] * times, pause_s=0.8))
    (tmp_path / "models.toml").write_text(tables(stt=whisper | {"word_times": True}))
    done = marvin("transcribe", "--json", "--config", str(tmp_path / "models.toml"), str(path))
    assert (done.returncode, done.stderr) == (0, "")
    written = json.loads(done.stdout)
    assert written["text"] == " ".join([HEARD, *[SAID] * (times - 1)])
    assert written["language"] == "en"
    assert " ".join(word["text"] for word in written["words"]) == written["text"]
    starts = [word["start_s"] for word in written["words"]]
    assert starts == sorted(starts)
    # The last word is near the end, far beyond one window of 30 s.
    assert starts[-1] > 30.0
    assert written["words"][-1]["end_s"] <= len(read(path)) / RATE_HZ - 1.0


def test_moonshine(folder: Path, tmp_path: Path) -> None:
    clips = say()
    question = write(tmp_path / "question.wav", in_a_room(clips[SENTENCES[0]].samples))
    stt = {"engine": "moonshine", "model": str(make_spoken_moonshine(folder / "moonshine", clips))}
    run = whole_run(tmp_path, "--input", str(question), config=tables(stt=stt))
    assert run.texts("heard") == ["what time is it?"]
    assert said(run).startswith("It is")


@pytest.mark.parametrize("engine", ["speecht5", "mms", "bark", "kokoro"])
def test_transformers_voices(engine: str, folder: Path, tmp_path: Path) -> None:
    if engine == "kokoro":
        pytest.importorskip("onnxruntime")
    table = getattr(voices, engine)(folder / engine)
    keys = table.model_dump(exclude_none=True, exclude_defaults=True) | {"engine": engine}
    question = SAMPLES / "what_time_is_it.wav"
    run = whole_run(tmp_path, "--input", str(question), config=tables(tts=keys))
    assert run.texts("heard") == ["what time is it"]
    assert turn(run)["outcome"] == "answered"
    assert run.reply_s() > 0.1


def test_real_chat_server(
    question: Path, whisper: dict[str, object], chat: Path, tmp_path: Path
) -> None:
    with serving(chat) as url:
        llm = {
            "engine": "chat",
            "base_url": f"{url}/v1",
            "model": str(chat),
            "first_token_s": 60.0,
        }
        config = tables(stt=whisper, llm=llm, turn={"answer_s": 60.0})
        run = whole_run(tmp_path, "--input", str(question), config=config)
    assert run.texts("heard") == [HEARD]
    assert said(run) == REPLY


def test_local_model_replaces_a_missing_chat_server(
    question: Path, whisper: dict[str, object], chat: Path, tmp_path: Path
) -> None:
    llm = {"engine": "chat", "base_url": "http://127.0.0.1:9/v1", "model": "gone"}
    stand_in = f'\n[[llm.fallbacks]]\nengine = "transformers"\nmodel = {toml(str(chat))}\n'
    config = tables(stt=whisper, llm=llm) + stand_in
    run = whole_run(tmp_path, "--input", str(question), config=config)
    assert said(run) == f"My language model does not answer. I am asking another one. {REPLY}"
    assert any(event["event"] == "engine_notice" for event in run.events)


@pytest.fixture
def servers() -> Iterator[tuple[FaultyServer, FaultyServer]]:
    with FaultyServer() as hearing, FaultyServer() as speaking:
        yield hearing, speaking


def test_speech_to_text_and_back_by_servers(
    servers: tuple[FaultyServer, FaultyServer], tmp_path: Path
) -> None:
    hearing, speaking = servers
    hearing.add(Answer.json({"text": "Marvin, what is 6 times 7?"}))
    tone = np.sin(np.arange(24_000) * 0.05) * 0.3
    pcm = (tone * 32767).astype("<i2").tobytes()
    speaking.add(Answer(body=pcm, headers={"Content-Type": "audio/pcm"}))
    run = whole_run(
        tmp_path,
        "--input",
        str(SAMPLES / "arithmetic.wav"),
        config=tables(
            stt={"engine": "openai", "base_url": f"{hearing.url}/v1"},
            tts={"engine": "openai", "base_url": f"{speaking.url}/v1", "format": "pcm"},
        ),
    )
    assert run.texts("heard") == ["what is 6 times 7?"]
    assert said(run) == "6 times 7 is 42."
    assert run.reply_s() == pytest.approx(1.0, abs=0.1)


@pytest.mark.skipif(not WEIGHTS.is_dir(), reason="no real weights in ../shared/data")
def test_spoken_digit_with_the_stand_ins_for_published_weights(tmp_path: Path) -> None:
    wake = read(SAMPLES / "wake_word_and_silence.wav")[: round(1.9 * RATE_HZ)]
    digit = read(DIGITS / "5_jackson_0.wav")
    digit *= 0.2 / np.abs(digit).max()
    path = write(tmp_path / "digit.wav", in_a_room(wake, digit, pause_s=1.2))
    config = tables(
        stt={
            "engine": "whisper",
            "model": str(WEIGHTS / "mini_whisper_cmds"),
            "min_speech_s": 0.05,
        },
        llm={
            "engine": "transformers",
            "model": str(WEIGHTS / "stories260K" / "hf"),
            "max_tokens": 30,
            "first_token_s": 30.0,
        },
        turn={"min_speech_s": 0.05},
        skills={"disabled": ["arithmetic"]},
    )
    complaint = "has no chat template"
    run = whole_run(tmp_path, "--input", str(path), config=config, complaint=complaint)
    assert "five" in [str(text).lower().strip(" .") for text in run.texts("heard")]
    assert turn(run)["outcome"] == "answered"
    assert len(said(run).split()) > 5
