"""Tests of the Wyoming server, by the official client."""
