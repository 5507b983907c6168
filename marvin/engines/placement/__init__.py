"""Which model computes on which device, with what numbers, in how much memory."""
