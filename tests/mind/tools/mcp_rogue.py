"""Programs that are no MCP server, or a bad one. They import little, so they start at once."""

import os
import sys
import time

match sys.argv[1]:
    case "deaf":
        time.sleep(600)
    case "broken":
        sys.exit("KeyError: 'WEATHER_KEY'")
    case "noise":
        while True:
            os.write(1, b'{"jsonrpc": "2.0", "method": "notifications/x"}\n' * 1000)
    case "endless line":
        while True:
            os.write(1, b"x" * 65_536)
