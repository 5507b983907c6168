"""Turns as OpenTelemetry traces."""
