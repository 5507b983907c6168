"""Loads and runs transformers checkpoints, for all stages."""
