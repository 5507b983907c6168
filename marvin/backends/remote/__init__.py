"""Requests to servers, with retries and time limits, for all stages."""
