"""Who is whose friend: circles of people of about one age, as they would enter them in their own contact books.

Simulated, and no part of the register: government holds nobody's friends. An assumption in form and number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from twin.core.chance import fraction

REACH = 2
"""Friends on either side of the ring: four in all."""
_SPAN_YEARS = 6.0
_LEAST = 2 * REACH + 1


class Aged(Protocol):
    """A resident, as far as it is needed here."""

    @property
    def id(self) -> str: ...

    @property
    def birth_year(self) -> int: ...


def circles(residents: Iterable[Aged], seed: int) -> dict[str, tuple[str, ...]]:
    """Each resident's friends by id, always mutual: neighbours in a ring ordered by age with a seeded jitter."""
    ring = sorted(
        residents, key=lambda one: (one.birth_year + _SPAN_YEARS * fraction(seed, "circle", one.id), one.id)
    )  # fmt: skip
    ids = [one.id for one in ring]
    if len(ids) < _LEAST:
        return {id: tuple(other for other in ids if other != id) for id in ids}
    steps = [step for step in range(-REACH, REACH + 1) if step]
    return {id: tuple(ids[(at + step) % len(ids)] for step in steps) for at, id in enumerate(ids)}
