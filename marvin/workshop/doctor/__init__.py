"""Diagnoses the machine, its devices, models and configuration, and suggests fixes."""
