"""Tests of the session that is timed."""
