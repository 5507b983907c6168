"""Language models, and the cutting of their text into sentences."""
