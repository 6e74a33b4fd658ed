"""The notices desk: what the public is told of a grave case, as CAP 1.2; kept up while it is open, withdrawn at its
end."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Action, Fact, Section, Tick, Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.governance import (
    CaseClosed,
    CaseMerged,
    CaseNotAccepted,
    CaseRouted,
    EvidenceAdded,
    UnitDispatched,
)
from services.facts.records import Outgoing
from services.facts.response import NoticeCancelled, NoticeIssued
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.scene_terms import PublicNotice
from services.governance.wording import measured
from twin.core.text import Name, Text
from twin.core.views import Facts, Moment
from twin.core.words import Provenance
from twin.formats.cap import Alert, Circle, Info, MsgType, Status, encode_cap

VALID_MS = 3_600_000
RENEW_BEFORE_MS = 600_000
_UNFILED = (CaseState.REPORTED, CaseState.PENDING_REGISTER, CaseState.PENDING_VERIFY, CaseState.RETURNED)

STATUS: dict[int, tuple[Status, str]] = {
    Provenance.LIVE: ("Actual", ""),
    Provenance.SIMULATED: ("Test", "Simulated: nothing of this has happened. 仿真，并未真实发生。"),
    Provenance.REPLAYED: ("Test", "Replayed from a recording. 录像回放。"),
    Provenance.EXERCISE: ("Exercise", "Exercise: nothing of this has happened. 演练，并未真实发生。"),
}
"""What a notice is, by where its case comes from: nothing but live evidence is ever Actual."""


class Standing(msgspec.Struct, frozen=True):
    """A notice in force: its document's identifier, number, and when it was sent and lapses."""

    identifier: str
    number: int
    severity: int
    headline: Name
    sent_ms: int
    expires_ms: int


class _State(msgspec.Struct):
    standing: dict[str, Standing] = {}  # by case


class NoticeDesk:
    """At most one notice a case; its topic is ``notices/<case>``."""

    name = "notices"

    def __init__(self, cases: CaseDesk) -> None:
        self._cases = cases
        self._state = _State()

    def of(self, case: str) -> Standing | None:
        return self._state.standing.get(case)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseRouted() | EvidenceAdded() | UnitDispatched():
                return self._tell(self._cases.get(fact.case), turn)
            case CaseClosed() | CaseMerged() | CaseNotAccepted():
                return self._withdraw(fact.case, turn)
            case Tick():
                return tuple(event for id in sorted(self._state.standing) for event in self._renew(id, turn))
            case _:
                return ()

    def _tell(self, case: Case | None, turn: Turn) -> Iterable[Event]:
        """The first notice, or a new one where the case became graver."""
        if case is None or case.ended or case.state in _UNFILED:
            return ()
        notice, before = self._cases.scenes.of(case).notice, self.of(case.id)
        if notice is None or case.severity > notice.at_least:
            return ()
        if before is not None and case.severity >= before.severity:
            return ()
        if self._cases.actor(case, "dispatch", turn) is None:  # the scene's rules decide nothing of this case
            return ()
        return self._issue(case, notice, before, turn)

    def _renew(self, id: str, turn: Turn) -> Iterable[Event]:
        case, before = self._cases.get(id), self._state.standing[id]
        if case is None or before.expires_ms - turn.city_ms > RENEW_BEFORE_MS:
            return ()
        notice = self._cases.scenes.of(case).notice
        return () if notice is None else self._issue(case, notice, before, turn)

    def _actor(self, case: Case, turn: Turn) -> Actor | None:
        return self._cases.authority.rule(f"scene/{case.scene}@{case.version}/notice", "duty_chief", turn.city_ms)

    def _issue(self, case: Case, notice: PublicNotice, before: Standing | None, turn: Turn) -> Iterable[Event]:
        actor = self._actor(case, turn)
        if actor is None:
            return ()
        headline = self._headline(case, notice)
        expires_ms = turn.city_ms + VALID_MS
        document = self._document(case, notice, before, turn.city_ms, "Update" if before else "Alert", expires_ms)
        why = because("the case is still open") if before else because("the scene tells the public from this severity")
        return (
            NoticeIssued(
                actor=actor, cause=case.id, **why, case=case.id, notice=self._identifier(case, before),
                headline=headline, expires_ms=expires_ms, cap=document, updates=before.identifier if before else "",
            ),
        )  # fmt: skip

    def _withdraw(self, id: str, turn: Turn) -> Iterable[Event]:
        case, before = self._cases.get(id), self.of(id)
        notice = self._cases.scenes.of(case).notice if case is not None else None
        actor = self._actor(case, turn) if case is not None else None
        if case is None or before is None or notice is None or actor is None:
            return ()
        document = self._document(case, notice, before, turn.city_ms, "Cancel", turn.city_ms + RENEW_BEFORE_MS)
        why = because("the case has ended")
        return (NoticeCancelled(actor=actor, cause=id, **why, case=id, notice=before.identifier, cap=document),)

    def _identifier(self, case: Case, before: Standing | None) -> str:
        return f"{self._cases.lookup.city.meta.id}-{case.id}-{before.number + 1 if before else 1}"

    @property
    def _sender(self) -> str:
        return f"civitwin.{self._cases.lookup.city.meta.id}"

    def _headline(self, case: Case, notice: PublicNotice) -> Name:
        scene = msgspec.structs.replace(self._cases.scenes.of(case), caption=notice.headline)
        return measured(scene, case.evidence, case.where)

    def _document(
        self, case: Case, notice: PublicNotice, before: Standing | None, now_ms: int, kind: MsgType, expires_ms: int
    ) -> str:
        status, note = STATUS.get(case.provenance, STATUS[Provenance.SIMULATED])
        headline = self._headline(case, notice)
        centre = self._cases.lookup.city.meta.name
        circle = Circle(case.latitude, case.longitude, round(max(notice.radius_m, 1.0) / 1000, 3))
        over = kind == "Cancel"
        infos = tuple(
            Info(
                language=language, category=notice.category, event=pick(notice.event),
                urgency="Past" if over else notice.urgency, severity="Minor" if over else notice.severity,
                certainty=notice.certainty, response="AllClear" if over else notice.response,
                onset_ms=case.opened_ms, expires_ms=expires_ms, sender_name=pick(centre), headline=pick(headline),
                instruction="" if over else pick(notice.instruction), area=pick(case.where), circle=circle,
            )
            for language, pick in (("en", _english), ("zh-CN", _chinese))
        )  # fmt: skip
        alert = Alert(
            identifier=self._identifier(case, before), sender=self._sender, sent_ms=now_ms, status=status,
            msg_type=kind, infos=infos, note=note,
            references=((self._sender, before.identifier, before.sent_ms),) if before else (),
        )  # fmt: skip
        return encode_cap(alert, self._cases.lookup.roster.local(now_ms) - now_ms)

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, NoticeIssued):
            before, case = self.of(event.case), self._cases.get(event.case)
            self._state.standing[event.case] = Standing(
                event.notice, before.number + 1 if before else 1, case.severity if case else 4, event.headline,
                turn.city_ms, event.expires_ms,
            )  # fmt: skip
        elif isinstance(event, NoticeCancelled):
            self._state.standing.pop(event.case, None)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        match event:
            case NoticeIssued():
                return (Outgoing(f"notices/{event.case}", event.cap.encode(), retain=True),)
            case NoticeCancelled():  # told once; nothing stays
                topic = f"notices/{event.case}"
                return (Outgoing(topic, event.cap.encode()), Outgoing(topic, b"", retain=True))
            case _:
                return ()

    def sections(self, case: str) -> Iterable[Section]:
        """The notice in force."""
        standing, known = self.of(case), self._cases.get(case)
        if standing is None or known is None:
            return ()
        rows = (
            (Text("Headline"), standing.headline),
            (Text("Status"), STATUS_TEXT[STATUS.get(known.provenance, STATUS[Provenance.SIMULATED])[0]]),
            (Text("Identifier"), standing.identifier),
            (Text("Sent"), Moment(standing.sent_ms)),
            (Text("Expires"), Moment(standing.expires_ms, due=True)),
        )
        return (Facts(title=Text("Public notice"), rows=rows),)

    def actions(self, case: str) -> Iterable[Action]:
        return ()

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _english(name: Name) -> str:
    return name.en


def _chinese(name: Name) -> str:
    return name.zh


STATUS_TEXT: dict[str, Text] = {
    "Actual": Text("actual"),
    "Test": Text("test: not real"),
    "Exercise": Text("exercise: not real"),
}
