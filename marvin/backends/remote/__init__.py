"""Servers that do a stage's work: asked, waited for, asked again, given up; for stages alike."""
