"""What the register knows of a resident, and conditions over it as data: who may ask for what, who is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from twin.core.text import Text

Fact = bool | float

FACTS: dict[str, Text] = {
    "age": Text("age"),
    "has_household": Text("a registered household"),
    "has_infant": Text("a child under one year"),
    "has_child": Text("a child under age"),
    "has_school_child": Text("a child of six or seven"),
    "employed": Text("employment"),
}
"""What the register can be asked. Numbers: ``age``, in whole years; the others are yes or no."""

NUMBERS = frozenset({"age"})


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fact`` is yes (or, with ``is_not``, no), or a number from ``at_least`` to ``at_most``, both included."""

    fact: str
    is_not: bool = False
    at_least: float | None = None
    at_most: float | None = None


def unmet(conditions: Iterable[Condition], facts: Mapping[str, Fact]) -> Text | None:
    """Why somebody of whom the register knows these facts may not ask, or None. An unknown fact is not met."""
    for condition in conditions:
        name = FACTS.get(condition.fact, condition.fact)
        known = facts.get(condition.fact)
        if known is None:
            return Text("the register does not know: {fact}", {"fact": name})
        if condition.fact not in NUMBERS:
            if bool(known) == condition.is_not:
                return Text("must not have: {fact}" if condition.is_not else "must have: {fact}", {"fact": name})
        elif condition.at_least is not None and known < condition.at_least:
            return Text("{fact} is below {bound}", {"fact": name, "bound": condition.at_least})
        elif condition.at_most is not None and known > condition.at_most:
            return Text("{fact} is above {bound}", {"fact": name, "bound": condition.at_most})
    return None
