"""Marvin's engines for programs that speak Wyoming, such as Home Assistant."""
