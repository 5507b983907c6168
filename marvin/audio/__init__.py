"""Microphone and speaker, and the audio files that can replace them."""
