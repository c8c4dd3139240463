"""Bytes made a little wrong: the ways in which peers, attackers and networks break messages."""

from collections.abc import Sequence
from random import Random
from typing import Final

PIECES: Final = (
    b"",
    b"\r\n",
    b"\r",
    b"\n",
    b"\r\n ",
    b"\r\n\r\n",
    b"\0",
    b'"',
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b"=",
    b"?",
    b"@",
    b":",
    b"%",
    b"%00",
    b"[",
    b"]",
    b" ",
    b"\t",
    b"\xff",
    b"\xc3\xa9",
    b"*",
    b"SIP/2.0",
    b"sip:",
    b"sips:",
    b"tel:",
    b";tag=",
    b";branch=z9hG4bK",
    b";rport",
    b"Content-Length: 0\r\n",
    b"l: 99999\r\n",
    b"-1",
    b"0",
    b"4294967296",
    b"99999999999999999999",
    b"Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n",
    b"Require: x\r\n",
    b"Digest ",
    b"INVITE",
    b"ACK",
    b"CANCEL",
    b"BYE",
    b"REGISTER",
    b"2001:db8::1",
)


def mutated(data: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    """`data` with one to six changes: pieces put in or over, parts taken out, doubled, or from another."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed) + 1)
        end = min(len(changed), at + dice.choice((0, 0, 1, 2, 8, 40)))
        match dice.randrange(6):
            case 0 | 1:
                changed[at:end] = dice.choice(PIECES)
            case 2:
                changed[at:end] = changed[at:end] * dice.choice((0, 2, 3, 50))
            case 3:
                changed[at:end] = bytes(dice.randrange(256) for _ in range(end - at))
            case 4:
                _swap_lines(changed, dice)
            case _:
                other = dice.choice(others)
                start = dice.randrange(len(other) + 1)
                changed[at:end] = other[start : start + dice.choice((1, 20, 200))]
    return bytes(changed)


def _swap_lines(changed: bytearray, dice: Random) -> None:
    """Header order, doubled and missing headers."""
    lines = bytes(changed).split(b"\r\n")
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    match dice.randrange(3):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            lines.insert(one, lines[other])
        case _:
            del lines[one]
    changed[:] = b"\r\n".join(lines)
