"""Home Assistant, over its own APIs."""
