"""The filing desk: what rules accept, file and refuse, and the urgent lane 先处置后补录 that acts first."""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.because import Because, because
from services.facts.casework import CaseReopened, FalseAlarmNoted, UrgentLaneTaken
from services.facts.evidence import RuleTried
from services.facts.governance import (
    CaseAccepted,
    CaseFedBack,
    CaseFiled,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CheckReported,
    ClosingTestBegun,
    EvidenceAdded,
    UnitLost,
    UnitProgressed,
)
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from twin.core.text import Name, Text

FILE_WITHIN_S = 3600.0
"""The papers' limit where the scene names none."""
EMERGENCY_LINES = ("110", "119", "120")


class FilingDesk:
    """Keeps nothing."""

    name = "filing"

    def __init__(self, cases: CaseDesk) -> None:
        self._cases = cases

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseOpened():
                case = self._case(fact.case)
                return () if case is None else (*self._at_once(case, turn), *self._accept(case, turn))
            case EvidenceAdded():
                case = self._case(fact.case)
                return () if case is None else self._at_once(case, turn) or self._corroborated(case, fact, turn)
            case UrgentLaneTaken() | CaseReworked() | CaseReopened() | CaseReturned():
                case = self._case(fact.case)
                return () if case is None else self._command(case, turn)
            case CaseAccepted():
                return self._file(fact.case, fact.case, because("the scene's evidence rule is met"), turn)
            case CheckReported() if fact.stage == "filing":
                return self._after_check(fact, turn)
            case CaseFedBack() | ClosingTestBegun():
                return self._follow(fact.case, turn)
            case UnitProgressed() if fact.state == "arrived":
                return self._follow(fact.case, turn)
            case _:
                return ()

    def _case(self, id: str) -> Case | None:
        case = self._cases.get(id)
        return None if case is None or case.ended else case

    def _accept(self, case: Case, turn: Turn) -> Iterable[Event]:
        if self.urgent(case):
            return ()
        reason = because("the scene's evidence rule is met")
        return self._cases.step(
            case,
            "accept",
            turn,
            lambda actor: CaseAccepted(actor=actor, cause=case.incident, case=case.id, **reason),
        )

    def _file(self, id: str, cause: str, reason: Because, turn: Turn) -> Iterable[Event]:
        case = self._case(id)
        if case is None:
            return ()
        return self._cases.step(
            case,
            "file",
            turn,
            lambda actor: CaseFiled(actor=actor, cause=cause, case=id, by=actor.holder, **reason),
        )

    def _corroborated(self, case: Case, fact: EvidenceAdded, turn: Turn) -> Iterable[Event]:
        """What a collector is still on the way to confirm, or nobody was free to, has been confirmed by something else:
        the collector is called off."""
        if case.doubtful or not (case.state is CaseState.PENDING_VERIFY or case.wants_check):
            return ()
        sure = because("more than weak evidence now speaks for it")
        if case.state is CaseState.PENDING_REGISTER:
            return self._file(case.id, fact.evidence.signal, sure, turn)
        actor = self._cases.actor(case, "file", turn)
        if case.state is not CaseState.PENDING_VERIFY or actor is None:
            return ()
        off = self._called_off(case, actor, sure)
        if off is None:
            return ()
        filed = CaseFiled(actor=actor, cause=fact.evidence.signal, case=case.id, by=actor.holder, **sure)
        return (off, *self._cases.allowed(self._cases.ahead(case, off, turn), filed, turn))

    def _follow(self, id: str, turn: Turn) -> Iterable[Event]:
        """补录: somebody has been there, or it is over: now there is something to put on paper."""
        case = self._case(id)
        if case is None or not case.urgent or case.filed_by:
            return ()
        return self._file(id, id, because("acted on first: the papers follow"), turn)

    def _after_check(self, fact: CheckReported, turn: Turn) -> Iterable[Event]:
        case = self._case(fact.case)
        if case is None:
            return ()
        who = self._cases.lookup.person_name(fact.collector)
        if fact.finding in ("confirmed", "unresolved"):
            return self._file(
                fact.case, fact.order, because("{collector} confirmed it on the spot", collector=who), turn
            )
        reason = because("{collector} found nothing on the spot", collector=who)
        actor = self._cases.actor(case, "accept", turn)
        if actor is None:
            return ()
        noted = FalseAlarmNoted(actor=actor, cause=fact.order, case=case.id, scene=case.scene, **reason)
        refused = CaseNotAccepted(actor=actor, cause=fact.order, case=case.id, **reason)
        return () if refusal(case, noted) or refusal(case, refused) else (noted, refused)

    # --- urgent lane ----------------------------------------------------------------------------------------

    def urgent(self, case: Case) -> bool:
        """Whether the scene acts first: grave enough, or a department that commands its own units. Weak evidence alone
        takes this lane by a person's word only, except where an emergency line has told those who command their own
        units: they go and see for themselves."""
        scene = self._cases.scenes.of(case)
        grave = scene.urgent is not None and case.severity <= scene.urgent.at_least
        free = case.state in (CaseState.REPORTED, CaseState.PENDING_REGISTER, CaseState.PENDING_VERIFY)
        called = bool(scene.commands) and any(one.channel in EMERGENCY_LINES for one in case.evidence)
        sure = called or not case.doubtful
        return free and not case.urgent and sure and not case.manual and (grave or bool(scene.commands))

    def _at_once(self, case: Case, turn: Turn) -> Iterable[Event]:
        if not self.urgent(case):
            return ()
        scene = self._cases.scenes.of(case)
        actor = self._cases.authority.rule(f"scene/{scene.id}@{case.version}/urgent", "duty_chief", turn.city_ms)
        if actor is None:
            return ()
        if scene.commands:
            name = self._cases.lookup.department_name(scene.commands)
            return self.lane(case, actor, because("{department} commands its own units", department=name), turn)
        return self.lane(case, actor, because("of this severity: act first, file later"), turn)

    def lane(self, case: Case, actor: Actor, reason: Because, turn: Turn) -> tuple[Event, ...]:
        """Into the urgent lane; a collector on the way is called off. Also for a person's wish."""
        scene = self._cases.scenes.of(case)
        within_s = scene.urgent.file_within_s if scene.urgent is not None else FILE_WITHIN_S
        events: list[Event] = []
        ahead = case
        if case.state is CaseState.PENDING_VERIFY and case.check is not None:
            off = self._called_off(case, actor, because("no check before filing: it is acted on first"))
            if off is None:
                return ()
            events.append(off)
            ahead = self._cases.ahead(case, off, turn)
        taken = UrgentLaneTaken(
            actor=actor, cause=case.id, **reason, case=case.id,
            file_by_ms=turn.city_ms + round(within_s * 1000), commands=scene.commands,
        )  # fmt: skip
        return () if refusal(ahead, taken) else (*events, taken)

    def _called_off(self, case: Case, actor: Actor, reason: Because) -> UnitLost | None:
        """The collector on the way turns round; None where there is none or the table forbids it."""
        check = case.check
        if check is None:
            return None
        off = UnitLost(
            actor=actor, cause=case.id, **reason, case=case.id, unit=check.unit, order=check.order, how="recalled"
        )  # fmt: skip
        return None if refusal(case, off) else off

    def _command(self, case: Case, turn: Turn) -> Iterable[Event]:
        """110, 119 and 120 take their own; the centre notifies, supports and tracks."""
        if not case.commands or case.department or case.commands in case.excluded or case.manual:
            return ()
        if case.state is not CaseState.PENDING_DISPATCH:
            return ()
        rule = f"department/{case.commands}/command"
        actor = self._cases.authority.rule(rule, "handler", turn.city_ms, case.commands)
        if actor is None:
            return ()
        name = self._cases.lookup.department_name(case.commands)
        tried = RuleTried("commands", Name("own command", "自行指挥"), True, Text("it commands its own units"))
        routed = CaseRouted(
            actor=actor, cause=case.id, **because("{department} commands its own units", department=name),
            case=case.id, department=case.commands, rule=rule, tried=(tried,),
        )  # fmt: skip
        return self._cases.allowed(case, routed, turn)

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
