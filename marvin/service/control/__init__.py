"""How other programs of the same user see the running Marvin, and tell it what to do."""
