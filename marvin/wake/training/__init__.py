"""Training of a wake word model from synthetic speech: `python -m marvin.wake.training`."""
