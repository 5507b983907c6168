"""Microphone levels, wake word scores and calibration: `marvin test-mic`."""
