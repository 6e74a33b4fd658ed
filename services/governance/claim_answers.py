"""Answers to commands beside the main steps: more time, supervision, tier, code, false alarm, reopening, appeal."""

from __future__ import annotations

from collections.abc import Callable

from services.engine.desk import Turn
from services.facts.casework import (
    AppealDecided,
    AppealLodged,
    AppealReviewed,
    AskForTime,
    CaseRecategorised,
    CaseReopened,
    CaseSupervised,
    ClockResumed,
    DecideTime,
    FalseAlarmNoted,
    FollowedUp,
    LiftSupervision,
    LodgeAppeal,
    MarkFalseAlarm,
    MoveTier,
    Recategorise,
    RecordFollowUp,
    ReopenCase,
    ResumeClock,
    ReviewAppeal,
    SuperviseCase,
    SupervisionLifted,
    TierMoved,
    TimeApproved,
    TimeAsked,
    TimeGranted,
    TimeRefused,
)
from services.facts.governance import CaseCommand, CaseNotAccepted
from services.governance.answers import Answer
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.limits import extended
from twin.city.catalogue import Taxonomy
from twin.core.text import Text


class ClaimAnswers:
    """Reads cases; changes nothing."""

    def __init__(self, cases: CaseDesk, taxonomy: Taxonomy) -> None:
        self._calendar = cases.calendar
        self._taxonomy = taxonomy

    def table(self) -> dict[type[CaseCommand], Callable[..., Answer]]:
        return {
            AskForTime: self._ask,
            DecideTime: self._decide,
            ResumeClock: self._resume,
            SuperviseCase: self._supervise,
            LiftSupervision: self._lift,
            ReopenCase: self._reopen,
            LodgeAppeal: self._appeal,
            ReviewAppeal: self._review,
            MoveTier: self._move,
            Recategorise: self._recode,
            MarkFalseAlarm: self._false,
            RecordFollowUp: self._follow_up,
        }

    def _ask(self, case: Case, fact: AskForTime, turn: Turn) -> Answer:
        rules = self._calendar.more_time
        clock = case.clock("handle")
        if fact.minutes > rules.longest_minutes:
            return Text("more than {minutes} min at once is not granted", {"minutes": rules.longest_minutes})
        if case.time_grants >= rules.grants:
            return Text("time was granted {count} times already", {"count": case.time_grants})
        if clock is not None and clock.running and not clock.paused and turn.city_ms > clock.due_ms:
            return Text("it is overdue: more time is refused")
        return (
            TimeAsked(
                actor=fact.actor, cause=fact.id, reason=fact.why_more.strip(), case=case.id, kind=fact.kind,
                minutes=fact.minutes,
            ),
        )  # fmt: skip

    def _decide(self, case: Case, fact: DecideTime, turn: Turn) -> Answer:
        asked, clock = case.time_asked, case.clock("handle")
        reason = fact.why_decided.strip()
        if asked is None or clock is None:
            return Text("nobody has asked for time")
        if not fact.granted:
            return (TimeRefused(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, kind=asked.kind),)
        if turn.city_ms > clock.due_ms:
            return Text("it is overdue: more time is refused")
        agreed = TimeApproved(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, kind=asked.kind)
        if not asked.approved_by:
            return (agreed,)
        until = turn.city_ms + asked.minutes * 60_000
        if asked.kind == "extension":
            until = extended(clock, self._calendar, asked.minutes)
        granted = TimeGranted(
            actor=fact.actor, cause=fact.id, reason=reason, case=case.id, kind=asked.kind, minutes=asked.minutes,
            until_ms=until,
        )  # fmt: skip
        return (agreed, granted)

    def _resume(self, case: Case, fact: ResumeClock, turn: Turn) -> Answer:
        return (ClockResumed(actor=fact.actor, cause=fact.id, case=case.id),)

    def _supervise(self, case: Case, fact: SuperviseCase, turn: Turn) -> Answer:
        reason = fact.why_supervised.strip()
        return (CaseSupervised(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, ground=fact.ground),)

    def _lift(self, case: Case, fact: LiftSupervision, turn: Turn) -> Answer:
        return (SupervisionLifted(actor=fact.actor, cause=fact.id, reason=fact.why_lifted.strip(), case=case.id),)

    def _reopen(self, case: Case, fact: ReopenCase, turn: Turn) -> Answer:
        return (CaseReopened(actor=fact.actor, cause=fact.id, reason=fact.why_again.strip(), case=case.id),)

    def _appeal(self, case: Case, fact: LodgeAppeal, turn: Turn) -> Answer:
        return (AppealLodged(actor=fact.actor, cause=fact.id, reason=fact.why_appeal.strip(), case=case.id),)

    def _review(self, case: Case, fact: ReviewAppeal, turn: Turn) -> Answer:
        """The first refusal decides; so does the second reviewer who grants."""
        reason = fact.why_reviewed.strip()
        word = AppealReviewed(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, granted=fact.granted)
        first = case.appeal is None or not case.appeal.granted_by
        if fact.granted and first:
            return (word,)
        decided = AppealDecided(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, granted=fact.granted)
        return (word, decided)

    def _move(self, case: Case, fact: MoveTier, turn: Turn) -> Answer:
        reason = fact.why_moved.strip()
        return (TierMoved(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, was=case.tier, to=fact.to),)

    def _recode(self, case: Case, fact: Recategorise, turn: Turn) -> Answer:
        code = fact.code.strip()
        if code not in self._taxonomy.classes:
            return Text("{code} is no class of {standard}", {"code": code, "standard": self._taxonomy.standard})
        reason = fact.why_code.strip()
        return (
            CaseRecategorised(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, was=case.code, code=code),
        )

    def _false(self, case: Case, fact: MarkFalseAlarm, turn: Turn) -> Answer:
        reason = fact.why_false.strip()
        noted = FalseAlarmNoted(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, scene=case.scene)
        return (noted, CaseNotAccepted(actor=fact.actor, cause=fact.id, reason=reason, case=case.id))

    def _follow_up(self, case: Case, fact: RecordFollowUp, turn: Turn) -> Answer:
        reached = fact.reached
        return (
            FollowedUp(
                actor=fact.actor, cause=fact.id, case=case.id, reached=reached, solved=reached and fact.solved,
                satisfied=reached and fact.satisfied,
            ),
        )  # fmt: skip
