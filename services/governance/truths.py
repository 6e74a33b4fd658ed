"""Three truths at closing: what the department, the checker and the sensors say, and whether they agree."""

from __future__ import annotations

from services.facts.evidence import Proof, Truth
from services.governance.case import Case
from twin.core.text import Text

WHO_TEXT: dict[str, Text] = {
    "department": Text("the department"),
    "checker": Text("the checker"),
    "sensors": Text("the sensors"),
}
SAYS_TEXT: dict[str, Text] = {
    "done": Text("says it is done"),
    "not_done": Text("says it is not done"),
    "undecided": Text("cannot say"),
    "silent": Text("has not spoken"),
}


def verdict(readings: tuple[Proof, ...]) -> str:
    """calm, holding, not_calm or undecided; nothing to read is undecided, and one doubt outweighs any calm."""
    states = {proof.state for proof in readings}
    for state in ("not_calm", "undecided", "holding"):
        if state in states:
            return state
    return "calm" if states else "undecided"


def checked_done(case: Case) -> bool:
    """Whether the collector ordered before closing found it resolved."""
    return _checker(case).says == "done"


def truths(case: Case, readings: tuple[Proof, ...]) -> tuple[Truth, ...]:
    """What each of the three says now; the sensors by these readings."""
    return (_department(case), _checker(case), _sensors(readings))


def blocking(case: Case, readings: tuple[Proof, ...]) -> Text | None:
    """Why the truths that the scene asks for do not let the case be closed; None where they do.

    Who must speak may not say "not done". A checker may stand in for sensors that cannot say; calm sensors may speak
    before the department where the scene has begun the test early; nobody stands in for the checker.
    """
    said = {truth.who: truth for truth in truths(case, readings)}
    checker_done = said["checker"].says == "done"
    for who in case.truths:
        says = said[who].says if who in said else "silent"
        if says == "done":
            continue
        if who == "department" and says == "silent" and case.tested_early:
            continue
        if who == "sensors" and says == "undecided" and checker_done:
            continue
        return Text("{who} {says}: closing waits", {"who": WHO_TEXT[who], "says": SAYS_TEXT[says]})
    return None


def disagreement(said: tuple[Truth, ...]) -> bool:
    """Whether one says done while another says not done."""
    words = {truth.says for truth in said}
    return {"done", "not_done"} <= words


def _department(case: Case) -> Truth:
    if case.fed_back_ms < 0:
        return Truth(who="department", says="silent", by=case.department)
    return Truth(who="department", says="done", by=case.department, at_ms=case.fed_back_ms)


def _checker(case: Case) -> Truth:
    check = case.check
    if check is None or check.stage != "closing" or not check.finding:
        return Truth(who="checker", says="silent", by=check.collector if check and check.stage == "closing" else "")
    done = check.finding in ("resolved", "nothing_found")
    return Truth(who="checker", says="done" if done else "not_done", by=check.collector, at_ms=check.reported_ms)


def _sensors(readings: tuple[Proof, ...]) -> Truth:
    state = verdict(readings)
    newest = max((proof.observed_ms for proof in readings), default=-1)
    if state == "calm":
        return Truth(who="sensors", says="done", at_ms=newest)
    if state in ("undecided", "holding"):
        return Truth(who="sensors", says="undecided", at_ms=newest)
    return Truth(who="sensors", says="not_done", at_ms=newest)
