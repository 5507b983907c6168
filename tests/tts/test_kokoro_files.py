"""Files of Kokoro: layouts that are read, and what is wrong with others."""

import json
import shutil
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from marvin.backends.pretrained.place import CPU
from marvin.config.tts import KokoroConfig
from marvin.errors import ModelLoadError, ModelMissingError, SynthesisError
from marvin.tts.kokoro.kokoro import KokoroSynthesizer
from marvin.tts.kokoro.kokoro_vocabulary import KOKORO_VOCABULARY
from tests.checkpoints import kokoro as tiny
from tests.published import published
from tests.tts.speaking import joined, say

pytest.importorskip("onnxruntime")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.make_kokoro(tmp_path / "tiny")


def loaded(folder: Path, voice: str = "af_one") -> KokoroSynthesizer:
    return KokoroSynthesizer.load(KokoroConfig(model=str(folder), voice=voice), CPU)


def speaks(folder: Path) -> bool:
    with closing(loaded(folder)) as voice:
        return bool(np.abs(joined(say(voice, "Fish."))).max() > 0.1)


def test_the_layout_of_onnx_community_is_read(folder: Path) -> None:
    (folder / "onnx").mkdir()
    (folder / "model.onnx").unlink()
    file = folder / "onnx" / "model_quantized.onnx"
    file.write_bytes(tiny.network("input_ids", "waveform"))
    (folder / "config.json").write_text('{"model_type": "style_text_to_speech_2"}')
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": tiny.VOCABULARY}}))
    assert speaks(folder)


def student(folder: Path, path: str) -> None:
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_bytes(tiny.network("input_ids", "waveform", styled=False))
    (folder / "config.json").write_text(json.dumps({"vocab": tiny.VOCABULARY}))


def test_students_are_networks_of_one_voice(tmp_path: Path) -> None:
    """As in MithrilMan/teacher-in-the-loop."""
    student(tmp_path, "af_one/model_int8.onnx")
    student(tmp_path, "if_two/model_int8.onnx")
    assert speaks(tmp_path)
    with closing(loaded(tmp_path, "if_two")) as italian:
        assert italian.language == "it"
        assert joined(say(italian, "Ciao.")).any()
    for voice in ("am_three", "af_one:0.5, if_two:0.5"):
        with pytest.raises(ModelLoadError, match=r"cannot be mixed: af_one, if_two"):
            loaded(tmp_path, voice)


def test_a_single_student_needs_no_folder_for_its_voice(tmp_path: Path) -> None:
    """As in sahilmahendrakar/Paradee-8M-v1.0."""
    student(tmp_path, "onnx/paradee_int8.onnx")
    assert speaks(tmp_path)


def test_students_without_a_vocabulary_have_that_of_kokoro(tmp_path: Path) -> None:
    student(tmp_path, "af_one/model_int8.onnx")
    (tmp_path / "config.json").unlink()
    with closing(loaded(tmp_path)) as voice:
        assert voice._network.vocabulary == KOKORO_VOCABULARY
    published_one = json.loads((published("kokoro") / "config.json").read_text())
    assert published_one["vocab"] == KOKORO_VOCABULARY


def test_an_export_with_whole_numbers_of_speed_is_read(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(tiny.network("input_ids", speed=tiny.INT32))
    assert speaks(folder)


def test_a_run_that_fails_is_an_error(folder: Path) -> None:
    vocabulary = dict.fromkeys(tiny.VOCABULARY, 10000)
    (folder / "config.json").write_text(json.dumps({"vocab": vocabulary}))
    with (
        closing(loaded(folder)) as voice,
        pytest.raises(SynthesisError, match=r"tts\.model = .* failed: .*out of"),
    ):
        say(voice, "Fish.")


def test_nan_is_an_error_and_no_bang(folder: Path) -> None:
    with closing(loaded(folder)) as voice:
        voice._styles[:] = np.nan
        with pytest.raises(SynthesisError, match="produced NaN"):
            say(voice, "Fish.")


def test_without_onnxruntime_the_command_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelLoadError, match=r"needs onnxruntime.*`pip install onnxruntime`"):
        loaded(folder)


def test_a_model_that_is_not_here_is_named() -> None:
    with pytest.raises(ModelMissingError, match=r"marvin models pull nobody/kokoro"):
        KokoroSynthesizer.load(KokoroConfig(model="nobody/kokoro"), CPU)


def break_model(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"no onnx")


def take_model(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def take_vocabulary(folder: Path) -> None:
    (folder / "config.json").unlink()


def break_vocabulary(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def other_inputs(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(tiny.network("text"))


def take_voices(folder: Path) -> None:
    shutil.rmtree(folder / "voices")


def break_voice(folder: Path) -> None:
    (folder / "voices" / "af_one.bin").write_bytes(bytes(1000))


def short_voice(folder: Path) -> None:
    (folder / "voices" / "af_one.bin").write_bytes(bytes(1024))


def nan_voice(folder: Path) -> None:
    tiny.voice(folder, "af_one", np.full(510, np.nan))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (break_model, r"tts\.model = .*model\.onnx cannot be loaded"),
        (take_model, r"tts\.model = .*has no model\.onnx"),
        (take_vocabulary, r"tts\.model = .*has its phonemes"),
        (break_vocabulary, r"tts\.model = .*config\.json cannot be read"),
        (other_inputs, r"tts\.model = .*its inputs are text, style, speed"),
        (take_voices, r"tts\.voice: .*voices has no \.bin or \.npy"),
        (break_voice, r"tts\.voice: .*af_one\.bin cannot be read"),
        (short_voice, r"tts\.voice: .*is not a voice of Kokoro"),
        (nan_voice, r"tts\.voice: .*is not a voice of Kokoro"),
    ],
)
def test_broken_files_are_told(folder: Path, damage: object, message: str) -> None:
    damage(folder)  # type: ignore[operator]
    with pytest.raises(ModelLoadError, match=message):
        loaded(folder)


def test_an_unknown_voice_gets_a_suggestion(folder: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"no voice 'af_on' \(did you mean 'af_one'\?\)"):
        loaded(folder, voice="af_on")
