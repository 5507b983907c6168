"""Which files of a repository are fetched; the names are from the Hub."""

from marvin.hub.choosing import FileChoice, choose


def test_safetensors_are_preferred() -> None:
    names = [
        ".gitattributes",
        "README.md",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "pytorch_model.bin",
        "tf_model.h5",
        "flax_model.msgpack",
        "onnx/model.onnx",
        "onnx/config.json",
    ]
    assert choose("model", names) == FileChoice(
        ("config.json", "generation_config.json", "model.safetensors")
    )


def test_shards_come_with_their_index_and_variants_do_not() -> None:
    parts = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    names = [
        "config.json",
        *parts,
        "model.safetensors.index.json",
        "model.safetensors.index.fp32.json",
        "model.fp32-00001-of-00002.safetensors",
        "pytorch_model.bin.index.json",
        "pytorch_model-00001-of-00002.bin",
    ]
    choice = choose("model", names)
    assert choice is not None
    assert set(choice.plain) >= {"config.json", *parts, "model.safetensors.index.json"}
    assert not [name for name in choice.plain if "fp32-" in name or "pytorch" in name]
    assert choice.pickles == ()


def test_bark_has_a_pickle_and_voices_and_weights_for_another_program() -> None:
    names = [
        "config.json",
        "pytorch_model.bin",
        "text.pt",
        "coarse_2.pt",
        "speaker_embeddings_path.json",
        "speaker_embeddings/de_speaker_0_coarse_prompt.npy",
        "speaker_embeddings/v2/en_speaker_6_semantic_prompt.npy",
        "vocab.txt",
    ]
    choice = choose("model", names)
    assert choice is not None
    assert choice.pickles == ("pytorch_model.bin",)
    assert set(names) - set(choice.plain) == {"pytorch_model.bin", "text.pt", "coarse_2.pt"}


def test_ecapa_of_speechbrain_is_a_pickle() -> None:
    names = ["config.json", "embedding_model.ckpt", "classifier.ckpt", "hyperparams.yaml"]
    assert choose("model", names) == FileChoice(("config.json",), ("embedding_model.ckpt",))


def test_kokoro_is_one_graph_with_its_voices() -> None:
    names = ["config.json", "NOTICE", "model.onnx", "voices/af_heart.bin", "voices/a.pt", "a.py"]
    assert choose("model", names) == FileChoice(
        ("NOTICE", "config.json", "model.onnx", "voices/af_heart.bin")
    )
    graphs = ["onnx/model.onnx", "onnx/model_q4.onnx", "onnx/model_quantized.onnx"]
    assert choose("model", [*graphs, "tokenizer.json", "voices/af_heart.bin"]) == FileChoice(
        ("tokenizer.json", "onnx/model_quantized.onnx", "voices/af_heart.bin")
    )
    assert choose("model", [*graphs, "config.json"]) is None


def test_a_student_of_kokoro_is_a_graph_for_each_voice() -> None:
    voices = ["af_heart/model_int8.onnx", "im_nicola/model_int8.onnx"]
    assert choose("model", [*voices, "af_heart/model.onnx", "README.md", "LICENSE"]) == FileChoice(
        ("LICENSE", *voices)
    )
    names = ["config.json", "onnx/paradee.onnx", "onnx/paradee_int8.onnx", "pytorch/text_side.pt"]
    assert choose("model", names) == FileChoice(("config.json", "onnx/paradee_int8.onnx"))


def test_code_is_never_fetched() -> None:
    choice = choose("model", ["config.json", "modeling_x.py", "model.safetensors"])
    assert choice is not None
    assert "modeling_x.py" not in choice.plain


def test_no_name_leads_out_of_the_folder() -> None:
    names = ["model.safetensors", "speaker_embeddings/../../../.profile.npy"]
    assert choose("model", names) == FileChoice(("model.safetensors",))


def test_of_a_data_set_the_archive_is_fetched() -> None:
    assert choose("dataset", ["README.md", "a.py", "spkrec-xvect.zip"]) == FileChoice(
        ("spkrec-xvect.zip",)
    )
    assert choose("dataset", ["README.md"]) is None


def test_repository_without_useful_files() -> None:
    assert choose("model", ["config.json", "rust_model.ot"]) is None
    assert choose("model", []) is None


def test_graph_without_voices_does_not_hide_the_weights() -> None:
    names = ["config.json", "onnx/model.onnx", "pytorch_model.bin"]
    assert choose("model", names) == FileChoice(("config.json",), ("pytorch_model.bin",))
    assert choose("model", ["config.json", "onnx/model.onnx"]) is None
