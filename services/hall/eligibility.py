"""Who may ask for an item: conditions over facts of the register, and whether anybody can meet them."""

from __future__ import annotations

from collections.abc import Iterable

from twin.city.register_facts import FACTS, NUMBERS, Condition, Fact, unmet

__all__ = ["FACTS", "NUMBERS", "Condition", "Fact", "contradiction", "unmet"]


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
