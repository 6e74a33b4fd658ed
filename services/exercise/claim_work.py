"""What waits at a post about a case beside its main steps: offers to take, papers, time asked for, appeals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.exercise.case_work import CaseRow, Sight, clock_ms
from services.exercise.work import Draft, Item, Seat
from services.facts.base import Command
from services.facts.casework import AcceptHandoff, DecideTime, ReviewAppeal
from services.facts.collaboration import HANDLING
from services.facts.governance import AcceptCase, ReturnCase
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk

S = CaseState
ENOUGH_HOPS = 4
"""A case that has been through so many hands is not returned once more by mistake."""


def _papers(sight: Sight, case: Case, city_ms: int) -> int:
    acted = case.urgent and not case.filed_by and case.department and case.state is not S.RETURNED
    return clock_ms(case, "file") if acted and not sight.by_rule(case, "file") else -1


def _back(sight: Sight, case: Case, city_ms: int) -> int:
    return clock_ms(case, "accept") if case.state is S.RETURNED else -1


def _file(task: str, case: Case, draft: Draft) -> Command:
    return AcceptCase(id=draft.id, actor=draft.actor, case=case.id, why_filed=draft.said(task))


def _first_word(sight: Sight, case: Case, city_ms: int) -> int:
    return case.time_asked.asked_ms if case.time_asked is not None and not case.time_asked.approved_by else -1


def _last_word(sight: Sight, case: Case, city_ms: int) -> int:
    return case.time_asked.asked_ms if case.time_asked is not None and case.time_asked.approved_by else -1


def _grant(sight: Sight, case: Case, draft: Draft) -> Command:
    return DecideTime(id=draft.id, actor=draft.actor, case=case.id, granted=True, why_decided=draft.said("granted"))


CLAIMS: tuple[CaseRow, ...] = (
    CaseRow("acceptor", "papers", _papers, lambda sight, case, draft: _file("papers", case, draft)),
    CaseRow("acceptor", "file_again", _back, lambda sight, case, draft: _file("file_again", case, draft)),
    CaseRow("department_head", "decide_time", _first_word, _grant),
    CaseRow("duty_chief", "decide_time", _last_word, _grant),
)
"""Open cases. More time is granted: a clock that ran out would have refused it by itself."""


class OfferWork:
    """Cases handed on and not yet taken: limbo lasts until somebody does. A department finds out, in a time of its own,
    that a case is none of its own, and sends it back; a slip sends one back that was right."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for case in self._sight.cases.open():
            offer = case.offer
            if offer is not None:
                handles = offer.to_post in HANDLING
                seat = Seat(offer.to_post, offer.to_department if handles else "")
                strange = handles and _returnable(case) and not self._sight.concerned(case, offer.to_department)
                task, make = ("return", _return) if strange else ("take", _take)
                yield Item(task, seat, case.id, offer.since_ms, case.id, case.severity, partial(make, case))


def _returnable(case: Case) -> bool:
    return case.state is S.PENDING_DISPATCH and bool(case.department) and case.hops < ENOUGH_HOPS


def _return(case: Case, draft: Draft) -> Command:
    return ReturnCase(id=draft.id, actor=draft.actor, case=case.id, why_back=draft.said("return"))


def _take(case: Case, draft: Draft) -> Command:
    if draft.slip and draft.actor.post in HANDLING and _returnable(case):
        return _return(case, draft)
    return AcceptHandoff(id=draft.id, actor=draft.actor, case=case.id)


class AppealWork:
    """Appeals of closed cases: the assessor, then the duty chief. Without more to go by, the record stands."""

    def __init__(self, cases: CaseDesk) -> None:
        self._cases = cases

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for case in self._cases.all():
            appeal = case.appeal
            if appeal is not None and not appeal.decided:
                seat = Seat("duty_chief" if appeal.granted_by else "assessor")
                make = partial(_review, case)
                yield Item("review", seat, case.id, appeal.lodged_ms, case.id, case.severity, make)


def _review(case: Case, draft: Draft) -> Command:
    return ReviewAppeal(id=draft.id, actor=draft.actor, case=case.id, granted=False, why_reviewed=draft.said("review"))
