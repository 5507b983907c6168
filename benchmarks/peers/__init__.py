"""Comparisons with other programs: see docs/benchmarks.md."""
