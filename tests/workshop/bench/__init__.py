"""Tests of `marvin bench`."""
