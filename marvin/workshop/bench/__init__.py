"""Latency measurements: `marvin bench`."""
