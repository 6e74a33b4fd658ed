"""A case's account in the consequence ledger, and its part of the case's card: always an estimate, with coverage."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.facts.base import Actor
from services.facts.ledger import Toll
from services.facts.posts import POST_TEXT
from twin.core.text import Name, Text
from twin.core.views import Facts, Moment, Section, Table

MINUTE_MS = 60_000

DECISION_TEXT: dict[str, Text] = {
    "UrgentLaneTaken": Text("acted on first"),
    "CaseFiled": Text("filed"),
    "CaseNotAccepted": Text("not accepted"),
    "CaseRouted": Text("routed"),
    "CaseUnrouted": Text("no rule matched"),
    "CaseReturned": Text("returned"),
    "CaseReworked": Text("sent back for rework"),
    "TierMoved": Text("moved to another tier"),
    "CaseSupervised": Text("put under supervision"),
    "TimeGranted": Text("more time granted"),
    "TimeRefused": Text("more time refused"),
    "CaseClosed": Text("closed"),
    "CaseMerged": Text("merged"),
    "CaseSplit": Text("split"),
    "CaseRecategorised": Text("category changed"),
    "CaseReopened": Text("reopened"),
    "FalseAlarmNoted": Text("false alarm"),
    "AppealDecided": Text("appeal decided"),
    "AutomationSet": Text("automation changed"),
}


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it was weighed: pieces of evidence known then, how many of them were not fresh."""

    city_ms: int
    decision: str
    actor: Actor
    known: int
    stale: int
    oldest_ms: int
    toll: Toll


class Account(msgspec.Struct, kw_only=True):
    """``at_ms``: the last look, at which ``toll`` stood; ``looked`` False before the first one."""

    at_ms: int
    estimated_ms: int
    looked: bool = False
    toll: Toll = Toll(residents=0, coverage=0.0, resident_minutes=0.0, vehicle_hours=0.0, services=0)
    most_residents: int = 0
    decisions: list[Weighed] = []

    def looked_at(self, toll: Toll, city_ms: int) -> None:
        self.at_ms, self.toll, self.looked = city_ms, toll, True
        self.most_residents = max(self.most_residents, toll.residents)


def sections_of(account: Account) -> Iterable[Section]:
    """Nothing before the first look."""
    if not account.looked:
        return
    toll = account.toll
    rows: tuple[tuple[Text | Name, Text | Name | Moment | str | float], ...] = (
        (Text("As of"), Moment(account.at_ms)),
        (Text("Residents within reach"), float(toll.residents)),
        (Text("of these heard, not only expected"), share(toll.coverage)),
        (Text("Most at a time"), float(account.most_residents)),
        (Text("Resident-hours so far"), round(toll.resident_minutes / 60, 1)),
        (Text("Vehicle-hours lost so far"), round(toll.vehicle_hours, 2)),
        (Text("Errands that cannot go on"), float(toll.services)),
    )
    yield Facts(title=Text("What it costs meanwhile (estimate)"), rows=rows)
    if account.decisions:
        yield _decisions(account)


def _decisions(account: Account) -> Table:
    columns = (
        Text("When"), Text("Decision"), Text("By"), Text("Evidence then"), Text("Oldest then, min"), Text("Residents"),
        Text("Heard"), Text("Resident-hours while it stood"), Text("Vehicle-hours while it stood"),
    )  # fmt: skip
    nexts = [entry.toll for entry in account.decisions[1:]] + [account.toll]
    rows = tuple(
        (
            Moment(entry.city_ms),
            DECISION_TEXT.get(entry.decision, Text("{decision}", {"decision": entry.decision})),
            by(entry.actor),
            _known(entry),
            round((entry.city_ms - entry.oldest_ms) / MINUTE_MS, 1),
            entry.toll.residents,
            share(entry.toll.coverage),
            round((after.resident_minutes - entry.toll.resident_minutes) / 60, 1),
            round(after.vehicle_hours - entry.toll.vehicle_hours, 2),
        )
        for entry, after in zip(account.decisions, nexts, strict=True)
    )
    return Table(title=Text("Decisions and what stood meanwhile (estimate)"), columns=columns, rows=rows)


def _known(entry: Weighed) -> Text:
    if entry.stale:
        return Text("{count}, {stale} not fresh", {"count": entry.known, "stale": entry.stale})
    return Text("{count}, none stale", {"count": entry.known})


def by(actor: Actor) -> Text:
    """The post that decided, or the rule with the post that authorised it; never a person's name."""
    post = POST_TEXT.get(actor.post, Text("{post}", {"post": actor.post or "–"}))
    kinds: dict[str, Text] = {
        "rule": Text("rule {rule}, authorised by the {post}", {"rule": actor.id, "post": post}),
        "colleague": Text("{post}, an automatic colleague", {"post": post}),
        "unit": Text("crew {unit}", {"unit": actor.id}),
        "resident": Text("a resident"),
        "system": Text("system clock"),
    }
    return kinds.get(actor.kind, post)


def share(value: float) -> str:
    """``42 %``."""
    return f"{value * 100:.0f} %"
