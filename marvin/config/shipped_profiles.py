"""The profiles that models.toml ends with, each model with what speaks for it."""

PROFILES = """
# Profiles, from best to least. `profile = "auto"` takes the first that this machine can run and
# whose models are here; `marvin models pull` fetches those of the first that it could run.
# A profile has the tables above, and what it needs of the machine: `min_memory_gb`, `gpu`.
# Its figures are published ones (docs/models.md says where): none of these weights was run by
# Marvin's authors. WER: word error rate on LibriSpeech test-clean, if nothing else is said.

# A GPU with 8 GB: 5.7 GB of models.
[profiles.gpu]
gpu = true
min_memory_gb = 12.0

# 809 M parameters, 1.6 GB, MIT. WER over the Open ASR sets 7.8 %, of large-v3 7.5 % with eight
# times the decoder layers: the best for the time it takes.
[profiles.gpu.stt]
engine = "whisper"
model = "openai/whisper-large-v3-turbo"

# 1.7 B parameters, 3.4 GB in bfloat16, Apache-2.0. IFEval 56.7 (Qwen2.5-1.5B: 47.4): it keeps best
# to "short sentences, no lists". With 16 GB of GPU memory: Qwen/Qwen3-4B-Instruct-2507.
[profiles.gpu.llm]
engine = "transformers"
model = "HuggingFaceTB/SmolLM2-1.7B-Instruct"

# 144 M + 13 M parameters, 0.6 GB, MIT. On a GPU a sentence is ready long before the one before it
# has been spoken. Bark (`engine = "bark"`, 1.7 or 4.5 GB) is livelier, but only has sound when the
# whole sentence is done: the answer would begin seconds later.
[profiles.gpu.tts]
engine = "speecht5"

# A computer with 8 GB and no GPU: 1.7 GB of models.
[profiles.laptop]
min_memory_gb = 7.0

# 74 M parameters, 0.3 GB, Apache-2.0. WER 4.0 % (tiny.en 5.6 %, small.en 3.1 %). On a fast CPU
# take openai/whisper-small.en: 244 M parameters, about three times the time.
[profiles.laptop.stt]
engine = "whisper"
model = "openai/whisper-base.en"

# 362 M parameters, 0.7 GB in bfloat16, Apache-2.0. IFEval 41.0 (Qwen2.5-0.5B: 31.6). Each token
# reads all weights once, so it writes about as many a second as memory moves 0.7 GB: 20 to 40.
# With 16 GB of memory SmolLM2-1.7B-Instruct knows more, at a fifth of the speed.
[profiles.laptop.llm]
engine = "transformers"
model = "HuggingFaceTB/SmolLM2-360M-Instruct"

# 144 M + 13 M parameters, 0.6 GB, MIT. About as fast as speech on a CPU. Where it is slower, keep
# `engine = "espeak"`.
[profiles.laptop.tts]
engine = "speecht5"

# A Raspberry Pi 4 or 5 with 4 GB: 0.1 GB of models. No language model: one that is small enough
# for it answers too badly, and too late; skills answer at once, a server can do the rest
# (`engine = "chat"`).
[profiles.pi]
min_memory_gb = 3.0

# 27 M parameters, 0.1 GB, MIT. WER over eight test sets 12.7 %, of Whisper tiny.en 12.8 %, which
# takes five times the work for ten seconds where it pads them to thirty (Moonshine's paper).
[profiles.pi.stt]
engine = "moonshine"
model = "UsefulSensors/moonshine-tiny"

# Works with no download at all.
[profiles.embedded]
"""
