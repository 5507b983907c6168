"""Training of wake word models from synthetic speech: `marvin wake train`."""
