"""Answers without a language model. `skillset.Skillset` is the way in."""
