"""Checkpoints of transformers: found, loaded, put on a device, stopped; for every stage alike."""
