"""What an answer to a form's question looks like, by the question's kind, and what is wrong with one in plain words."""

from __future__ import annotations

import datetime
import re
from typing import Final

from twin.core.text import Text

KINDS: Final = ("text", "name", "date", "past_date", "phone", "account", "identity", "money", "count", "choice")
LONGEST: Final = 200
_EMPTY: Final = Text("This is needed")
_PATTERNS: Final[dict[str, tuple[str, Text]]] = {
    "phone": (r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", Text("A telephone number has 11 digits, like 13800000000")),
    "account": (r"\d{12,19}", Text("An account number has 12 to 19 digits")),
    "identity": (r"\d{17}[\dX]", Text("An identity number has 18 digits, the last may be X")),
    "money": (r"\d{1,9}(\.\d{1,2})?", Text("An amount in yuan, like 3200 or 3200.50")),
    "count": (r"\d{1,9}", Text("A whole number")),
}
HINTS: Final[dict[str, Text]] = {
    "date": Text("Year-month-day, like 2026-06-01"),
    "past_date": Text("Year-month-day, like 2026-06-01"),
    "phone": Text("11 digits"),
    "account": Text("12 to 19 digits"),
    "identity": Text("18 digits"),
    "money": Text("Yuan"),
}


def fault_of(kind: str, answer: str, today: datetime.date) -> Text | None:
    """None where the answer will do. Blanks at its ends count for nothing."""
    answer = answer.strip()
    if not answer:
        return _EMPTY
    if len(answer) > LONGEST:
        return Text("At most {most} characters", {"most": LONGEST})
    if kind in _PATTERNS:
        pattern, words = _PATTERNS[kind]
        return None if re.fullmatch(pattern, answer) else words
    if kind in ("date", "past_date"):
        return _date_fault(answer, today, past=kind == "past_date")
    if kind == "name" and (len(answer) < 2 or any(char.isdigit() for char in answer)):
        return Text("A name has two characters or more, and no digits")
    return None


def _date_fault(answer: str, today: datetime.date, *, past: bool) -> Text | None:
    try:
        date = datetime.date.fromisoformat(answer) if len(answer) == 10 else None
    except ValueError:
        date = None
    if date is None:
        return Text("A date is written year-month-day, like 2026-06-01")
    if past and date > today:
        return Text("This day is still to come")
    return None
