"""What a broken Wyoming server may send, and the message; `{t}` is the table of models.toml."""

# ruff: noqa: TID253

from wyoming.error import Error
from wyoming.ping import Pong

from tests.wyoming_service import CLOSE

SAID = "Wyqvort blixmop zundergah"
"""Words that no message contains."""

FAULTS = [
    ((CLOSE,), r"{t}\.url: the server at \S+ closed the connection early: check its log"),
    ((b'{"type": "info", "data_length": 99}\n{"x', CLOSE), r"{t}\.url: .* closed the connection e"),
    (
        (Error(SAID, SAID),),
        r"{t}\.url: the server at \S+ reports an error: check its log; `-vv` sh",
    ),
    (
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        r"{t}\.url: \S+ sent a web page instead of .*right po",
    ),
    ((b"SSH-2.0-OpenSSH_9.2\r\n",), r"{t}\.url: \S+ sent something that is not JSON instead of"),
    ((b"[1, 2]\n",), r"{t}\.url: \S+ sent JSON that is not an event"),
    ((b'{"data": {}}\n',), r"{t}\.url: \S+ sent JSON without a type"),
    ((b'{"type": "x", "data": [1]}\n',), r"{t}\.url: \S+ sent JSON that is not an event"),
    ((b"[" * 5_000 + b"\n",), r"{t}\.url: \S+ sent something that is not JSON"),
    ((b"\xff\xfe\x00\n",), r"{t}\.url: \S+ sent something that is not JSON"),
    ((b"x" * 140_000,), r"{t}\.url: \S+ sent an endless line"),
    ((b'{"type": "a", "data_length": 99999999999}\n',), r"{t}\.url: \S+ sent an event of impossib"),
    ((b'{"type": "a", "payload_length": -1}\n',), r"{t}\.url: \S+ sent an event of impossible siz"),
    ((b'{"type": "a", "payload_length": "9"}\n',), r"{t}\.url: \S+ sent an event of impossible si"),
    ((*(Pong(),) * 1_001,), r"{t}\.url: \S+ sent a flood of other events"),
]
