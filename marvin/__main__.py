"""`python -m marvin`."""

import sys

from marvin.cli import main

sys.exit(main())
