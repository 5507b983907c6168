"""Turns taken for the sake of the clock: `marvin bench`."""
