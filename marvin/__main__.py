"""`python -m marvin`."""

import sys

from marvin.cli.main import main

sys.exit(main())
