"""Microphone and speaker, and the files that stand in for them."""
