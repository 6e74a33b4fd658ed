"""The warnings desk: what the twin says to vehicles (DENM) about a case, renewed while it is open, withdrawn at its
end."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import Event
from services.facts.because import because
from services.facts.governance import CaseClosed, CaseMerged, CaseNotAccepted, CaseRouted, EvidenceAdded
from services.facts.records import Outgoing
from services.facts.response import VehiclesWarned, WarningWithdrawn
from services.governance.case import Case
from services.governance.cases import CaseDesk
from twin.core.words import StationType
from twin.formats.denm import Denm, Termination, encode_denm
from twin.formats.quadkey import quadkey_levels

SOURCE = "civitwin"
VALID_S = 600
RENEW_BEFORE_MS = 300_000
_QUALITY = 7
_SEQUENCES = 65_536


class Warned(msgspec.Struct, frozen=True):
    """A warning in force: its number on the wire, since when it is known, until when it holds."""

    sequence: int
    detected_ms: int
    until_ms: int


class _State(msgspec.Struct):
    warned: dict[str, Warned] = {}  # by case
    count: int = 0


class WarningDesk:
    """At most one warning a case; its identity is ``<station>/<sequence>``."""

    name = "warnings"

    def __init__(self, cases: CaseDesk) -> None:
        self._cases = cases
        code = cases.lookup.city.meta.code
        self._station = int(code) if code.isdigit() else 0
        self._state = _State()

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseRouted() | EvidenceAdded():
                return self._warn(self._cases.get(fact.case), turn)
            case CaseClosed() | CaseMerged() | CaseNotAccepted():
                return self._withdraw(fact.case, turn)
            case Tick():
                return tuple(
                    event
                    for id in sorted(self._state.warned)
                    if self._state.warned[id].until_ms - turn.city_ms <= RENEW_BEFORE_MS
                    for event in self._say(self._cases.get(id), turn)
                )
            case _:
                return ()

    def _warn(self, case: Case | None, turn: Turn) -> Iterable[Event]:
        if case is None or case.ended or not case.department or case.id in self._state.warned:
            return ()
        warn = self._cases.scenes.of(case).warn
        if warn is None or (warn.at_least and case.severity > warn.at_least):
            return ()
        return () if self._cases.actor(case, "dispatch", turn) is None else self._say(case, turn)

    def _say(self, case: Case | None, turn: Turn) -> Iterable[Event]:
        warn = self._cases.scenes.of(case).warn if case is not None else None
        actor = self._cases.authority.rule(f"warning/{case.id}", "duty_chief", turn.city_ms) if case else None
        if case is None or warn is None or actor is None:
            return ()
        known = self._state.warned.get(case.id)
        sequence = known.sequence if known else self._state.count % _SEQUENCES
        return (
            VehiclesWarned(
                actor=actor, cause=case.id, **because("vehicles are warned while the case is open"), case=case.id,
                denm=f"{self._station}/{sequence}", cause_code=warn.cause, subcause_code=warn.subcause,
                longitude=case.longitude, latitude=case.latitude, until_ms=turn.city_ms + VALID_S * 1000,
            ),
        )  # fmt: skip

    def _withdraw(self, id: str, turn: Turn) -> Iterable[Event]:
        case, known = self._cases.get(id), self._state.warned.get(id)
        actor = self._cases.authority.rule(f"warning/{id}", "duty_chief", turn.city_ms)
        if case is None or known is None or actor is None:
            return ()
        return (
            WarningWithdrawn(
                actor=actor, cause=id, **because("the case has ended"), case=id,
                denm=f"{self._station}/{known.sequence}", longitude=case.longitude, latitude=case.latitude,
                detected_ms=known.detected_ms, withdrawn_ms=turn.city_ms,
            ),
        )  # fmt: skip

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, VehiclesWarned):
            known = self._state.warned.get(event.case)
            sequence = int(event.denm.partition("/")[2])
            since = known.detected_ms if known else turn.city_ms
            self._state.warned[event.case] = Warned(sequence, since, event.until_ms)
            self._state.count += known is None
        elif isinstance(event, WarningWithdrawn):
            self._state.warned.pop(event.case, None)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        match event:
            case VehiclesWarned():
                now_ms = event.until_ms - VALID_S * 1000
                known = self._state.warned.get(event.case)
                since = known.detected_ms if known else now_ms
                return (self._message(event, since, now_ms, event.cause_code, event.subcause_code, None),)
            case WarningWithdrawn():
                return (self._message(event, event.detected_ms, event.withdrawn_ms, 0, 0, "cancelled"),)
            case _:
                return ()

    def _message(
        self, event: VehiclesWarned | WarningWithdrawn, since_ms: int, now_ms: int, cause: int, subcause: int,
        ending: Termination | None,
    ) -> Outgoing:  # fmt: skip
        denm = Denm(
            source=SOURCE, station_id=self._station, sequence=int(event.denm.partition("/")[2]), detection_ms=since_ms,
            reference_ms=now_ms, latitude=event.latitude, longitude=event.longitude, time_ms=now_ms, cause=cause,
            subcause=subcause, quality=_QUALITY, validity_s=_validity_s(since_ms, now_ms), terminated=ending,
            station_type=StationType.ROADSIDE_UNIT,
        )  # fmt: skip
        tail = quadkey_levels(event.latitude, event.longitude)[0]
        return Outgoing(f"outQueue/v2x/denm/{SOURCE}/{tail}", encode_denm(denm))

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _validity_s(since_ms: int, now_ms: int) -> int:
    """Counted from the detection, as the format wants it; a day at most."""
    return min(86_400, (now_ms - since_ms) // 1000 + VALID_S)
