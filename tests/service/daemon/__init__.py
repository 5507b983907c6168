"""Tests of a running Marvin from outside."""
