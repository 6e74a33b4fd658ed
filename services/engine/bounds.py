"""What no command may hold, whoever gives it: words without end, characters that nobody sees, lists without end.

What remains is a desk's to judge: it knows how many minutes are too many."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from services.facts.base import Command, CommandRefused
from twin.core.text import Text

LONGEST: Final = 10_000
"""Characters of a text; what is written to a case is shorter, by the configuration of its desk."""
MOST: Final = 200
"""Items of a list."""
FARTHEST: Final = 1 << 53
"""A whole number that every store and console can hold."""
_PLAIN: Final = "\n\t"
_UNSEEN: Final = ("Cc", "Cs", "Co", "Cn")
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make a text look like another one."""


def refusal(command: Command) -> CommandRefused | None:
    """What the engine journals instead, or None where the command is of this world."""
    why = next(_faults(command), None)
    if why is None:
        return None
    return CommandRefused(actor=command.actor, command=type(command).__name__, cause=command.id, why=why)


def _faults(value: Any) -> Iterator[Text]:
    match value:
        case str():
            yield from _of_text(value)
        case int() if abs(value) > FARTHEST:
            yield Text("a number is too large")
        case tuple() | list():
            if len(value) > MOST:
                yield Text("{count} at once are too many: {most} at most", {"count": len(value), "most": MOST})
            for item in value[:MOST]:
                yield from _faults(item)
        case dict():
            yield from _faults([part for pair in list(value.items())[: MOST + 1] for part in pair][: MOST + 1])
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from _faults(getattr(value, name))
        case _:
            return


def _of_text(text: str) -> Iterator[Text]:
    if len(text) > LONGEST:
        yield Text("{length} characters are too many: {longest} at most", {"length": len(text), "longest": LONGEST})
    elif any(char in _TURNING or (char not in _PLAIN and unicodedata.category(char) in _UNSEEN) for char in text):
        yield Text("a text holds characters that nobody sees")
