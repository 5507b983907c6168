"""Recordings with questions and answers, and how many a model gets right."""
