"""Reports upward 初报 / 续报 / 终报: when one is wanted, what it says as things stand, and who signed it.

The clock of the first one starts when a case reaches the scene's severity; each that is sent starts the next, and the
end of the case the last. Drafts are worked out anew from the case, its evidence, its ledger and what was done, until
the duty chief signs: what was sent is kept word for word, each sentence with what it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Action, Alert, Card, Fact, Mark, Section, Tick, Turn
from services.facts.base import CommandRefused, Event
from services.facts.because import because
from services.facts.casework import CaseReopened
from services.facts.duty import ReportKind, ReportOverdue, ReportSent, ReportWanted, SendReport, Sentence
from services.facts.governance import CaseClosed, CaseEvent, CaseMerged, CaseNotAccepted
from services.facts.ledger import DecisionWeighed, TollEstimated
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.reports_draft import Draft
from services.governance.reports_lines import KEPT_LINES, Line, Lines
from services.governance.reports_page import KIND_TEXT, actions_of, page_of, section_of
from services.governance.scene_terms import ReportUp
from twin.core.text import Name, Text

KEPT = 300
LONGEST = 2000
"""Characters of a sender's own remarks."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` counts a case's reports from 1; ``since_ms`` is where what is new begins."""

    id: str
    case: str
    kind: ReportKind
    number: int
    wanted_ms: int
    due_ms: int
    since_ms: int
    overdue: bool = False
    sent_ms: int = -1
    by: str = ""
    sentences: tuple[Sentence, ...] = ()
    remarks: str = ""

    @property
    def pending(self) -> bool:
        return self.sent_ms < 0


class _State(msgspec.Struct):
    serial: int = 0
    reports: dict[str, Report] = {}
    lines: dict[str, list[Line]] = {}  # by case, what was done


class ReportDesk:
    """Reports by id ``U-<serial>``."""

    name = "reports"

    def __init__(self, cases: CaseDesk, authority: Authority, draft: Draft, lines: Lines) -> None:
        self._cases, self._authority = cases, authority
        self._draft, self._lines = draft, lines
        self._state = _State()
        self._alerts: list[Alert] = []

    def get(self, report: str) -> Report | None:
        return self._state.reports.get(report)

    def pending(self) -> tuple[Report, ...]:
        """Wanted and not sent, in the order in which they were wanted."""
        return tuple(report for report in self._state.reports.values() if report.pending)

    def of(self, case: str) -> tuple[Report, ...]:
        """A case's reports, the first one first."""
        return tuple(one for one in self._state.reports.values() if one.case == case)

    def sentences(self, report: Report, city_ms: int) -> tuple[Sentence, ...]:
        """What was sent, or the draft as things stand."""
        case = self._cases.get(report.case)
        if not report.pending or case is None:
            return report.sentences
        return self._draft.sentences(report.kind, case, self._state.lines.get(case.id, ()), report.since_ms, city_ms)

    # --- deciding -------------------------------------------------------------------------------------------

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case SendReport():
                return (self._send(fact, turn),)
            case Tick():
                return self._overdue(turn)
            case ReportSent():
                return self._next(fact, turn)
            case TollEstimated() | DecisionWeighed():
                return ()
            case CaseEvent():
                return self._after(fact, turn)
            case _:
                return ()

    def _terms(self, case: Case) -> ReportUp | None:
        return self._cases.scenes.of(case).report_up

    def _after(self, fact: CaseEvent, turn: Turn) -> Iterable[Event]:
        case = self._cases.get(fact.case)
        terms = None if case is None else self._terms(case)
        if case is None or terms is None:
            return ()
        earlier = self.of(case.id)
        match fact:
            case CaseClosed() | CaseNotAccepted() if earlier:
                return (self._want(case, "final", terms.final_s, turn),)
            case CaseReopened() if earlier:
                return (self._want(case, "further", terms.further_s, turn),)
            case _ if not earlier and not case.ended and case.severity <= terms.at_least:
                return (self._want(case, "initial", terms.initial_s, turn),)
            case _:
                return ()

    def _next(self, sent: ReportSent, turn: Turn) -> Iterable[Event]:
        case = self._cases.get(sent.case)
        terms = None if case is None else self._terms(case)
        if case is None or terms is None or case.ended or any(one.pending for one in self.of(case.id)):
            return ()
        return (self._want(case, "further", terms.further_s, turn),)

    def _want(self, case: Case, kind: ReportKind, within_s: float, turn: Turn) -> ReportWanted:
        reason = because(
            "{kind} on {case} is due within {minutes} min",
            kind=KIND_TEXT[kind], case=case.id, minutes=round(within_s / 60),
        )  # fmt: skip
        return ReportWanted(
            report=f"U-{self._state.serial + 1:04d}", case=case.id, kind=kind,
            due_ms=turn.city_ms + round(within_s * 1000), **reason,
        )  # fmt: skip

    def _overdue(self, turn: Turn) -> Iterable[Event]:
        for one in self._state.reports.values():
            if one.pending and not one.overdue and turn.city_ms > one.due_ms:
                reason = because("{kind} on {case} was not sent in time", kind=KIND_TEXT[one.kind], case=one.case)
                yield ReportOverdue(report=one.id, case=one.case, kind=one.kind, **reason)

    def _send(self, command: SendReport, turn: Turn) -> Event:
        report = self.get(command.report)
        against = self._authority.refusal(command, turn.city_ms)
        if against is None:
            against = self._barred(report, command)
        if against is not None or report is None:
            why = against or Text("there is no such report")
            return CommandRefused(actor=command.actor, cause=command.id, command="SendReport", why=why)
        return ReportSent(
            actor=command.actor, cause=command.id, report=report.id, case=report.case, kind=report.kind,
            sentences=self.sentences(report, turn.city_ms), remarks=command.remarks.strip(),
        )  # fmt: skip

    def _barred(self, report: Report | None, command: SendReport) -> Text | None:
        if report is None:
            return Text("there is no such report")
        if not report.pending:
            return Text("this report was sent already")
        if self._cases.get(report.case) is None:
            return Text("the case is too long ago to be reported")
        if len(command.remarks) > LONGEST:
            return Text("remarks may have {most} characters at most", {"most": LONGEST})
        return None

    # --- changing -------------------------------------------------------------------------------------------

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case ReportWanted():
                self._wanted(event, turn)
            case ReportSent() if event.report in self._state.reports:
                self._change(event.report, sent_ms=turn.city_ms, by=event.actor.post, sentences=event.sentences,
                             remarks=event.remarks)  # fmt: skip
            case ReportOverdue() if event.report in self._state.reports:
                self._change(event.report, overdue=True)
                self._alert(Text("{kind} on {case} is overdue", _named(event)), event.case, turn)
            case CaseMerged():
                self._lapse(event.case, ("initial", "further", "final"))
            case CaseClosed():
                self._lapse(event.case, ("further",))
            case CaseNotAccepted():
                sent = any(not one.pending for one in self.of(event.case))
                self._lapse(event.case, ("further",) if sent else ("initial", "further"))
            case CaseReopened():
                self._lapse(event.case, ("final",))
            case _:
                pass
        self._note(event, turn)

    def _wanted(self, event: ReportWanted, turn: Turn) -> None:
        state = self._state
        state.serial += 1
        earlier = self.of(event.case)
        since_ms = max((one.sent_ms for one in earlier), default=-1)
        state.reports[event.report] = Report(
            id=event.report, case=event.case, kind=event.kind, number=len(earlier) + 1, wanted_ms=turn.city_ms,
            due_ms=event.due_ms, since_ms=since_ms,
        )  # fmt: skip
        self._alert(Text("{kind} on {case} is wanted", _named(event)), event.case, turn)
        over = [id for id, one in state.reports.items() if not one.pending]
        for id in over[: max(0, len(state.reports) - KEPT)]:
            del state.reports[id]

    def _change(self, report: str, **fields: object) -> None:
        self._state.reports[report] = msgspec.structs.replace(self._state.reports[report], **fields)

    def _lapse(self, case: str, kinds: tuple[ReportKind, ...]) -> None:
        """Those not sent are no longer wanted: what they would say is in the next one."""
        for one in self.of(case):
            if one.pending and one.kind in kinds:
                del self._state.reports[one.id]

    def _note(self, event: Event, turn: Turn) -> None:
        """Remember what was done about a case, for as long as the cases desk knows it."""
        case: str = getattr(event, "case", "")
        line = self._lines.line(event, turn) if case and self._cases.get(case) is not None else None
        if line is None:
            return
        kept = self._state.lines.setdefault(case, [])
        kept.append(line)
        del kept[:-KEPT_LINES]
        if len(kept) == 1:  # a case that is new here: forget those that are gone
            for old in [id for id in self._state.lines if self._cases.get(id) is None]:
                del self._state.lines[old]

    def _alert(self, text: Text, case: str, turn: Turn) -> None:
        self._alerts.append(Alert(city_ms=turn.city_ms, severity=2, text=text, card=case))

    # --- showing --------------------------------------------------------------------------------------------

    def sections(self, case: str) -> Iterable[Section]:
        reports = self.of(case)
        return (section_of(reports),) if reports else ()

    def actions(self, case: str) -> Iterable[Action]:
        return tuple(action for one in self.of(case) for action in actions_of(one))

    def pages(self, case: str) -> Iterable[tuple[str, str, Text | Name]]:
        """The reports of a case, for its card."""
        return tuple(("report", one.id, Text("{kind} {report}", _named(one, "report"))) for one in self.of(case))

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """By a report's id, or by a case's: the one that is to be sent next, else the last."""
        if kind != "report":
            return None
        of_case = self.of(id)
        report = self.get(id) or next((one for one in of_case if one.pending), of_case[-1] if of_case else None)
        case = self._cases.get(report.case) if report is not None else None
        if report is None:
            return None
        scene = self._cases.scenes.of(case).name if case is not None else Text("{case}", {"case": report.case})
        return page_of(report, self.sentences(report, city_ms), scene, case.severity if case else 0)

    def cards(self) -> Iterable[Card]:
        return ()

    def marks(self) -> Iterable[Mark]:
        return ()

    def alerts(self) -> Iterable[Alert]:
        """Since the last call."""
        alerts, self._alerts = self._alerts, []
        return alerts

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.reports = dict(sorted(self._state.reports.items(), key=lambda item: int(item[0][2:])))
        self._alerts.clear()


def _named(
    of: ReportWanted | ReportOverdue | Report, other: str = "case"
) -> dict[str, str | int | float | Text | Name]:
    about = of.case if other == "case" else (of.id if isinstance(of, Report) else of.report)
    return {"kind": KIND_TEXT[of.kind], other: about}
