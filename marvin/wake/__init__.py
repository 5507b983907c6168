"""Wake word detection: an Audio Spectrogram Transformer, verified by phone models."""
