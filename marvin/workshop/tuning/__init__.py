"""Fine-tunes models with transformers' Trainer."""
