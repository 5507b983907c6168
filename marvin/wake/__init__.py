"""The wake word: a first look by an Audio Spectrogram Transformer, a second by phone models."""
