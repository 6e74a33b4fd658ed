"""How an applicant takes what the hall tells them: one table, whoever walks the ways. Nothing here moves or speaks."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where an applicant stands with one errand."""

    PLANNED = "planned"  # wants to ask, and has not asked yet
    ASKED = "asked"  # asked, and has heard nothing
    RESTING = "resting"  # the hall works on it; one's own day goes on
    BOUND = "bound"  # is to come, and will set out or is on the way
    THERE = "there"  # is where they are to be
    OVER = "over"


class Act(StrEnum):
    KEEP = "keep"  # as before
    REST = "rest"  # nothing to do but wait at home
    COME = "come"  # to the place that was named
    STAY = "stay"  # a number is taken, or it is one's turn
    BRING = "bring"  # what is asked for
    DECIDE = "decide"  # about a refusal: appeal, or let it go
    LATER = "later"  # the hall is closed: home, and again when it opens
    END = "end"


_A = Act
_BEFORE = (Stage.PLANNED, Stage.ASKED, Stage.RESTING, Stage.BOUND, Stage.THERE)
_ROWS: dict[str, tuple[Act, Act, Act, Act, Act]] = {
    # heard            planned   asked     resting   bound     there
    "accepted":     (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "expected":     (_A.COME,   _A.COME,   _A.COME,   _A.COME,   _A.COME),
    "missed":       (_A.COME,   _A.COME,   _A.COME,   _A.COME,   _A.COME),
    "queued":       (_A.STAY,   _A.STAY,   _A.STAY,   _A.STAY,   _A.STAY),
    "serving":      (_A.STAY,   _A.STAY,   _A.STAY,   _A.STAY,   _A.STAY),
    "served":       (_A.REST,   _A.REST,   _A.KEEP,   _A.REST,   _A.REST),
    "asked":        (_A.BRING,  _A.BRING,  _A.BRING,  _A.BRING,  _A.BRING),
    "answered":     (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "granted":      (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "posted":       (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "delivered":    (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "refused":      (_A.DECIDE, _A.DECIDE, _A.DECIDE, _A.DECIDE, _A.DECIDE),
    "appealed":     (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "upheld":       (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "reopened":     (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "stopped":      (_A.REST,   _A.REST,   _A.KEEP,   _A.KEEP,   _A.KEEP),
    "closed_hall":  (_A.LATER,  _A.LATER,  _A.LATER,  _A.LATER,  _A.LATER),
    "sent_home":    (_A.LATER,  _A.LATER,  _A.LATER,  _A.LATER,  _A.LATER),
    "completed":    (_A.END,    _A.END,    _A.END,    _A.END,    _A.END),
    "lapsed":       (_A.END,    _A.END,    _A.END,    _A.END,    _A.END),
    "withdrawn":    (_A.END,    _A.END,    _A.END,    _A.END,    _A.END),
    "refused_all":  (_A.END,    _A.END,    _A.END,    _A.END,    _A.END),
}  # fmt: skip

TABLE: dict[tuple[Stage, str], Act] = {
    (stage, heard): act for heard, acts in _ROWS.items() for stage, act in zip(_BEFORE, acts, strict=True)
}


def act_on(stage: Stage, heard: str) -> Act:
    """What to do about an answer; words that nobody knows, and words about what is over, change nothing."""
    return TABLE.get((stage, heard), Act.KEEP)
