"""Keeps threads out of each other's way in transformers."""

import threading

transformers_lock = threading.RLock()
"""Held around each `from transformers import ...` and `from_pretrained` on an engine's thread.

Its modules import each other as they are asked for: of two threads that do so at once each may be
given a module that the other has only begun. And while a model is made, torch's number format,
device and initialisers are changed for the whole process.
"""
