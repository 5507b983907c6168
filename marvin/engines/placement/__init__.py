"""Placement: the device, dtype and memory of each model."""
