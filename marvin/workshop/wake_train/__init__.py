"""Training of a wake word model from synthetic speech: `marvin wake train`."""
