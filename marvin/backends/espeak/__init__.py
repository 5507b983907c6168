"""espeak-ng in a process of its own: it is GPL and C, Marvin is Apache-2.0 and outlives it."""
