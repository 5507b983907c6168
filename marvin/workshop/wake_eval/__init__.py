"""Evaluation of wake word models: `marvin wake eval`."""
