"""Byte mutations and unusual TOML values."""

import random

NUMBERS = (0, 1, -1, 2, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 10**30)
FLOATS = ("0.0", "-0.0", "1e308", "1e-320", "inf", "-inf", "nan", "1e999", "0.1", "-1.5")
TEXTS = (
    '""', '"default"', '"none"', '"\\u0000"', '"\\ud7ff"', '"../../etc/passwd"', '"http://"',
    '"http://[::1"', '"http://host:99999999"', '"http://host:0x1"', '"{"', '"{}{}{x}"', '"(a|"',
    '"[[[a]]]"', '"<x>"', '"<a> {b}"', '"0..99999999"', '"9..1"', '"%s%n"', '"\\U0001F600"',
    f'"{"a" * 5000}"', f'"{"(" * 200}"', '"cuda:99"', '"meta"', "'''\nx\n'''",
)  # fmt: skip
OTHERS = ("true", "false", "[]", "{}", "[[]]", "[1, 'a']", "{a = {}}", "1979-05-27T07:32:00Z",
          "07:32:00", "0x10", "1_000", "{engine = 'none'}", "{engine = 1}", "[{}]")  # fmt: skip


def value(pick: random.Random) -> str:
    """A random TOML value."""
    kind = pick.randrange(4)
    if kind == 0:
        return str(pick.choice(NUMBERS))
    return pick.choice((FLOATS, TEXTS, OTHERS)[kind - 1])


def damaged(data: bytes, pick: random.Random) -> bytes:
    """Damage bytes in one to eight places: flip, set, remove, duplicate, swap or insert."""
    out = bytearray(data)
    for _ in range(pick.randint(1, 8)):
        if not out:
            out += pick.randbytes(pick.randint(1, 64))
        at = pick.randrange(len(out))
        length = min(len(out) - at, 1 << pick.randrange(12))
        match pick.randrange(7):
            case 0:
                out[at] ^= 1 << pick.randrange(8)
            case 1:
                out[at] = pick.choice((0, 0xFF, 0x7F, 0x80, pick.randrange(256)))
            case 2:
                del out[at : at + length]
            case 3:
                out[at:at] = out[at : at + length] * pick.randint(1, 4)
            case 4:
                out[at:at] = pick.randbytes(length)
            case 5:
                del out[at:]
            case 6:
                number = pick.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF))
                out[at : at + 4] = (number & 0xFFFFFFFF).to_bytes(4, pick.choice(("little", "big")))
    return bytes(out)
