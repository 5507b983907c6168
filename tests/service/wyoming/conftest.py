"""Imports what warns."""

import warnings

with warnings.catch_warnings():
    # wyoming imports audioop, which Python 3.13 no longer has, where there is one.
    warnings.simplefilter("ignore", DeprecationWarning)
    import wyoming.audio  # noqa: F401
