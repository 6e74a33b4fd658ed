"""How a resident's figure looks on a map, in one byte: who passed them in the street would see no more."""

from __future__ import annotations

import hashlib
from typing import Final

KNOWN: Final = 0x80
"""Set wherever a look was told; 0 is nobody's."""
WHEELCHAIR: Final = 0x04
ADULT, CHILD, ELDERLY = range(3)
COATS: Final = 8
"""Tones of coat; a theme says which."""
_COAT_SHIFT: Final = 3
_CHILD_BELOW, _ELDERLY_FROM = 14, 65


def look_of(pseudonym: str, age: int, *, wheelchair: bool) -> int:
    """The look of whoever calls themselves so: the coat follows from the pseudonym, the rest is plain to see."""
    coat = hashlib.sha256(pseudonym.encode()).digest()[0] % COATS
    stature = CHILD if age < _CHILD_BELOW else ELDERLY if age >= _ELDERLY_FROM else ADULT
    return KNOWN | coat << _COAT_SHIFT | (WHEELCHAIR if wheelchair else 0) | stature


def plain_look(number: int) -> int:
    """A grown figure in one of the coats: whoever is in a virtual place shows nothing else of themselves."""
    return KNOWN | (number % COATS) << _COAT_SHIFT


def coat_of(look: int) -> int:
    return look >> _COAT_SHIFT & (COATS - 1)


def stature_of(look: int) -> int:
    """ADULT, CHILD or ELDERLY."""
    return look & 0x03
