"""Random messages for the control socket: from noise to almost right."""

import json
import random

COMMANDS = ("status", "listen", "stop", "mute", "unmute", "say", "events", "reload")


def random_message(rng: random.Random) -> bytes:
    """A message without its final line feed; some contain line feeds, some are too long."""
    make = rng.choice((_noise, _noise, _request, _request, _request, _mutated, _deep, _long))
    return make(rng)


def _noise(rng: random.Random) -> bytes:
    return rng.randbytes(rng.randrange(200))


def _request(rng: random.Random) -> bytes:
    fields: dict[str, object] = {"command": rng.choice((*COMMANDS, *COMMANDS, _value(rng)))}
    for _ in range(rng.randrange(3)):
        fields[rng.choice(("text", "text", "command", "muted", "\0", ""))] = _value(rng)
    return json.dumps(fields).encode()


def _mutated(rng: random.Random) -> bytes:
    message = bytearray(_request(rng))
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(message))
        match rng.randrange(3):
            case 0:
                message[at] = rng.randrange(256)
            case 1:
                del message[at:]
                message += b"{"
            case _:
                message[at:at] = rng.randbytes(3)
    return bytes(message)


def _deep(rng: random.Random) -> bytes:
    return rng.choice((b"[", b'{"command":', b'[{"":')) * rng.randrange(1, 5_000)


def _long(rng: random.Random) -> bytes:
    text = "x" * rng.choice((1_000, 60_000, 70_000, 300_000))
    return json.dumps({"command": rng.choice(COMMANDS), "text": text}).encode()


def _value(rng: random.Random) -> object:
    plain: tuple[object, ...] = (None, True, -1, 1e300, "", "\ud800", "\0", "hello", "ä😀", [], {})
    return rng.choice((*plain, [rng.choice(plain)], {"a": rng.choice(plain)}, 10**300))
