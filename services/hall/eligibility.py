"""Who may ask for an item: conditions over facts of the register, as data."""

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


def contradiction(conditions: Iterable[Condition]) -> str | None:
    """Why nobody can meet all of them, or None where somebody can."""
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    said: dict[str, bool] = {}
    for condition in conditions:
        if condition.fact not in NUMBERS:
            if said.setdefault(condition.fact, condition.is_not) != condition.is_not:
                return f"{condition.fact} must be both yes and no"
            continue
        low[condition.fact] = max(
            low.get(condition.fact, -1e9), -1e9 if condition.at_least is None else condition.at_least
        )
        high[condition.fact] = min(
            high.get(condition.fact, 1e9), 1e9 if condition.at_most is None else condition.at_most
        )
        if low[condition.fact] > high[condition.fact]:
            return f"{condition.fact} must be at least {low[condition.fact]:g} and at most {high[condition.fact]:g}"
    return None
