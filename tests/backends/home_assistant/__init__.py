"""Tests of marvin/backends/home_assistant."""
