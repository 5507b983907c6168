"""A lock for imports and model loading in transformers, which are not thread-safe."""

import threading

transformers_lock = threading.RLock()
"""Held around each `from transformers import ...` and `from_pretrained` on an engine's thread.

The lazy imports of transformers may give a thread a module that another has only partly loaded.
`from_pretrained` changes torch's default dtype, device and initialisers for the whole process.
"""
