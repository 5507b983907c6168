"""Marvin beside the programs that do the same: see docs/benchmarks.md."""
