"""Programs that are no MCP server, or a bad one. They import little, so they start at once."""

import json
import os
import sys
import time

OBJECT: dict[str, object] = {"type": "object"}
TOOLS = [
    {"name": "good", "inputSchema": OBJECT},
    {"name": "list", "inputSchema": []},
    {"name": "number", "inputSchema": {"type": 5}},
    {"name": "properties", "inputSchema": {**OBJECT, "properties": {"x": 1}}},
    {"name": "required", "inputSchema": {**OBJECT, "required": [1]}},
    {"name": "output", "inputSchema": OBJECT, "outputSchema": {"type": "object", "properties": []}},
    {"name": 7, "inputSchema": OBJECT},
    None,
]

match sys.argv[1]:
    case "deaf":
        time.sleep(600)
    case "bad tools":
        for line in sys.stdin:
            asked = json.loads(line)
            result: dict[str, object] = {"tools": TOOLS}
            if asked["method"] == "initialize":
                version = asked["params"]["protocolVersion"]
                who = {"name": "rogue", "version": "1"}
                result = {"protocolVersion": version, "capabilities": {}, "serverInfo": who}
            if "id" in asked:
                answer = {"jsonrpc": "2.0", "id": asked["id"], "result": result}
                os.write(1, f"{json.dumps(answer)}\n".encode())
    case "broken":
        sys.exit("KeyError: 'WEATHER_KEY'")
    case "noise":
        while True:
            os.write(1, b'{"jsonrpc": "2.0", "method": "notifications/x"}\n' * 1000)
    case "endless line":
        while True:
            os.write(1, b"x" * 65_536)
