"""Answers without a language model. The entry point is `skillset.Skillset`."""
