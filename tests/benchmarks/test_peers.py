"""The parts of the comparison with peers: the same weights and recordings for all."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers.checkpoints import PIECES, made_up_words, new_tokenizer, once
from benchmarks.peers.ggml import openai_name
from benchmarks.peers.ggml import write as write_ggml
from benchmarks.peers.install import packages_of
from benchmarks.peers.processes import Contender, ContenderError, in_turn, seconds
from benchmarks.peers.spoken_questions import Question, spoken_questions
from benchmarks.peers.whisper_latency import check_counts, equal_tokens
from benchmarks.peers.whole_turn import course_times, recording, turn_rows
from marvin.types import RATE_HZ
from tests.published import published


def test_process_answers_every_request(tmp_path: Path) -> None:
    audio = tmp_path / "quiet.npy"
    np.save(audio, np.zeros(RATE_HZ, np.float32))
    with Contender("serve_marvin", "float32", 1, threads=1) as ear:
        answers = in_turn(2, {"ear": (ear, {"audio": str(audio)})})["ear"]
    assert [0 <= answer["cpu_seconds"] < 10 for answer in answers] == [True, True]


def test_failing_process_gives_its_reason() -> None:
    with pytest.raises(ContenderError, match="no_such_module"):
        Contender("no_such_module", threads=1, python=Path(sys.executable))
    course = Contender("serve_course", "nowhere", 1, threads=1)
    with course, pytest.raises(ContenderError, match=r"nothing\.npy"):
        course.ask(audio="nothing.npy")


def test_figures_are_extracted_from_answers() -> None:
    assert seconds([{"seconds": 1}, {"seconds": 2.5}]) == [1.0, 2.5]
    assert seconds([{"cpu_seconds": 0.5}], "cpu_seconds") == [0.5]


def test_equal_tokens_are_counted_up_to_the_first_difference() -> None:
    assert equal_tokens(["a", "b", "c"], ["a", "b", "c"]) == 3
    assert equal_tokens(["a", "x", "c"], ["a", "b", "c"]) == 1
    assert equal_tokens(["a"], ["a", "b"]) == 1


def test_transcript_that_is_too_short_is_refused() -> None:
    check_counts({"one": "a b c"}, 3)
    with pytest.raises(ValueError, match="'other': 2"):
        check_counts({"one": "a b c", "other": "a b"}, 3)


def question(spoken_s: float, wake_s: float) -> Question:
    samples = np.ones(round(spoken_s * RATE_HZ), np.float32)
    return Question("why", samples, round(wake_s * RATE_HZ))


def test_course_records_five_seconds_behind_the_wake_word() -> None:
    short = recording(question(2.5, 0.5))
    assert len(short) == 5 * RATE_HZ
    assert np.count_nonzero(short > 0.5) == 2 * RATE_HZ
    assert np.count_nonzero(recording(question(8.0, 0.5)) > 0.5) == 5 * RATE_HZ


def test_course_times_count_from_the_end_of_speech() -> None:
    answer = {"heard_s": 1.0, "answer_s": 4.0, "speech_s": 5.0}
    times = course_times(question(2.5, 0.5), answer)
    assert [times[key] for key in ("ended_s", "heard_s", "answer_s", "audio_s")] == [3, 4, 8, 13]
    assert course_times(question(8.0, 0.5), answer)["audio_s"] == 10.0


def test_turn_is_spoken_to_marvin_and_timed(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (asked,) = spoken_questions(str(published("kokoro")), ["what time is it"], 1)
    assert 0 < asked.wake_end < len(asked.samples)
    audio = tmp_path / "asked.npy"
    np.save(audio, asked.samples)
    with Contender("serve_turn", "embedded", threads=1) as marvin:
        answer = marvin.ask(audio=str(audio))
    assert answer["ended_s"] > 0
    # The embedded recogniser may not understand the voice.
    assert answer["notices"] or answer["audio_s"] >= answer["clause_s"] >= answer["ended_s"]


def test_wait_for_the_end_of_speech_is_shown_separately() -> None:
    ours = [{"ended_s": 0.5, "audio_s": 2.0}, {"ended_s": 0.5}]
    whole, without = turn_rows(ours, [{"ended_s": 3.0, "audio_s": 9.0}])
    assert (list(whole.ours_s), list(whole.theirs_s)) == ([2.0], [9.0])
    assert (list(without.ours_s), list(without.theirs_s)) == ([1.5], [6.0])


def test_checkpoint_is_made_once_and_again_if_incomplete(tmp_path: Path) -> None:
    made: list[Path] = []
    folder = once(tmp_path / "one", made.append)
    assert once(folder, made.append) == folder
    assert made == [folder]
    (folder / ".made").unlink()
    once(folder, made.append)
    assert len(made) == 2


def test_each_token_is_a_word_and_special_tokens_have_the_published_ids() -> None:
    tokenizer = new_tokenizer()
    numbers = {
        name: tokenizer.convert_tokens_to_ids(name)
        for name in ("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>", "<|30.00|>")
    }
    assert list(numbers.values()) == [50_256, 50_257, 50_362, 51_863]
    ids = [256, PIECES - 1, 12_345]
    words = tokenizer.decode(ids).split()
    assert len(words) == 3
    assert words[0] == next(made_up_words())


def test_weights_get_the_names_that_whisper_cpp_expects() -> None:
    names = {
        "model.encoder.layers.0.self_attn.k_proj.weight": "encoder.blocks.0.attn.key.weight",
        "model.encoder.layers.5.final_layer_norm.bias": "encoder.blocks.5.mlp_ln.bias",
        "model.encoder.layer_norm.weight": "encoder.ln_post.weight",
        "model.encoder.conv1.bias": "encoder.conv1.bias",
        "model.decoder.layers.1.encoder_attn.out_proj.bias": "decoder.blocks.1.cross_attn.out.bias",
        "model.decoder.layers.1.encoder_attn_layer_norm.weight": (
            "decoder.blocks.1.cross_attn_ln.weight"
        ),
        "model.decoder.layers.1.fc2.weight": "decoder.blocks.1.mlp.2.weight",
        "model.decoder.layer_norm.bias": "decoder.ln.bias",
        "model.decoder.embed_positions.weight": "decoder.positional_embedding",
        "model.decoder.embed_tokens.weight": "decoder.token_embedding.weight",
    }
    assert {name: openai_name(name) for name in names} == names


def test_whisper_cpp_file_begins_with_the_model_dimensions(tmp_path: Path) -> None:
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    config = WhisperConfig(
        vocab_size=51_864, d_model=4, encoder_layers=1, decoder_layers=2,
        encoder_attention_heads=1, decoder_attention_heads=2, encoder_ffn_dim=8, decoder_ffn_dim=8,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    path = tmp_path / "ggml.bin"
    write_ggml(model, WhisperFeatureExtractor(), new_tokenizer(), path)
    data = path.read_bytes()
    magic, *shape = struct.unpack_from("<I11i", data)
    assert magic == 0x67676D6C
    assert shape == [51_864, 1500, 4, 1, 1, 448, 4, 2, 2, 80, 1]
    assert struct.unpack_from("<2i", data, 48) == (80, 201)
    filters = np.frombuffer(data, "<f4", 80 * 201, 56).reshape(80, 201)
    assert np.allclose(filters, WhisperFeatureExtractor().mel_filters.T)
    # The first made-up word, after the 256 bytes.
    words = data[56 + filters.nbytes :]
    assert struct.unpack_from("<i", words)[0] == PIECES
    assert words[4 + 256 * 5 :][:10] == struct.pack("<i", 6) + b" babab"


def test_peer_packages_are_those_of_their_environment(tmp_path: Path) -> None:
    (tmp_path / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    assert packages_of(tmp_path) == tmp_path / "lib" / "python3.11" / "site-packages"
