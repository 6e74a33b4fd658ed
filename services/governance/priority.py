"""The priority desk: crews on their way ask traffic lights for priority (SREM); the twin decides by rule, orders the
controller and answers (SSEM)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.facts.because import Because, because
from services.facts.records import Outgoing
from services.facts.response import PriorityDecided
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.units import UnitDesk
from twin.city.model import Intersection
from twin.formats.civic import LightOrder, encode
from twin.formats.quadkey import quadkey_levels
from twin.formats.srem import Asks
from twin.formats.ssem import Answered, Grant, Ssem, encode_ssem
from twin.state.batch import Batch, PriorityAsked

SOURCE = "civitwin"
LASTS_MS = 12_000
LONGEST_MS = 60_000
WORTH_RENEWING_MS = 2_000


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Who has priority at an intersection, for which group, until when; since when they ask."""

    case: str
    unit: str
    group: int
    request: int
    station: int
    sequence: int
    severity: int
    since_ms: int
    until_ms: int


class _State(msgspec.Struct):
    held: dict[str, Held] = {}  # by intersection


class PriorityDesk:
    """One crew at a time has priority at an intersection: that of the gravest case, then whoever asked first."""

    name = "priority"

    def __init__(self, cases: CaseDesk, units: UnitDesk) -> None:
        self._cases = cases
        self._units = units
        self._crossings = {crossing.number: crossing for crossing in cases.lookup.city.intersections}
        self._by_id = {crossing.id: crossing for crossing in cases.lookup.city.intersections}
        self._state = _State()

    def held(self, intersection: str) -> Held | None:
        return self._state.held.get(intersection)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        """Requests are judged one by one, each by what the ones before it have changed."""
        if not isinstance(fact, Batch):
            return ()
        ahead = dict(self._state.held)
        events: list[Event] = []
        for asked in fact.notices:
            if isinstance(asked, PriorityAsked):
                for event in self._answer(asked, ahead, turn):
                    _take(ahead, event, self._severity(event.case), turn.city_ms)
                    events.append(event)
        return events

    def _answer(self, asked: PriorityAsked, held: dict[str, Held], turn: Turn) -> tuple[PriorityDecided, ...]:
        crossing = self._crossings.get(asked.intersection)
        case = self._cases.get(self._units.state(asked.unit).case)
        mine = held.get(crossing.id) if crossing is not None else None
        if crossing is None or case is None:
            return ()
        own = mine is not None and mine.unit == asked.unit and mine.request == asked.request
        if asked.asks == Asks.CANCELLATION:
            passed = because("{unit} has passed", unit=self._cases.lookup.unit_name(asked.unit))
            return self._say(asked, case, crossing, False, turn.city_ms, passed, turn) if own else ()
        against = self._against(asked, case, crossing)
        if against is not None:
            return self._say(asked, case, crossing, False, -1, against, turn)
        until_ms = min(max(asked.arrives_ms, turn.city_ms) + (round(asked.lasts_s * 1000) or LASTS_MS),
                       turn.city_ms + LONGEST_MS)  # fmt: skip
        if mine is not None and own and until_ms - mine.until_ms < WORTH_RENEWING_MS:
            return ()
        if mine is None or own or mine.until_ms <= turn.city_ms or mine.group == asked.group:
            why = because("on an order for {case}", case=case.id)
            return self._say(asked, case, crossing, True, until_ms, why, turn)
        if case.severity < mine.severity:
            graver = because("{case} is graver", case=case.id)
            return (
                *self._lose(mine, crossing, graver, turn),
                *self._say(asked, case, crossing, True, until_ms, graver, turn),
            )
        first = because("{case} is as grave and asked before", case=mine.case)
        return self._say(asked, case, crossing, False, -1, first, turn)

    def _against(self, asked: PriorityAsked, case: Case, crossing: Intersection) -> Because | None:
        """Why the rule does not allow it, whoever else may ask."""
        if case.ended or not self._cases.scenes.of(case).priority:
            return because("the scene gives its crews no priority")
        if asked.group not in {group.number for group in crossing.groups}:
            return because("the controller has no such group")
        return None

    def _say(
        self, asked: PriorityAsked, case: Case, crossing: Intersection, granted: bool, until_ms: int, why: Because,
        turn: Turn,
    ) -> tuple[PriorityDecided, ...]:  # fmt: skip
        actor = self._cases.authority.rule("priority", "duty_chief", turn.city_ms)
        if actor is None:
            return ()
        return (
            PriorityDecided(
                actor=actor, cause=f"srem/{asked.unit}/{asked.sequence}", **why, case=case.id, unit=asked.unit,
                intersection=crossing.id, request=asked.request, granted=granted, group=asked.group,
                until_ms=until_ms, number=crossing.number, station=asked.station, sequence=asked.sequence,
                decided_ms=turn.city_ms,
            ),
        )  # fmt: skip

    def _lose(self, mine: Held, crossing: Intersection, why: Because, turn: Turn) -> tuple[PriorityDecided, ...]:
        case = self._cases.get(mine.case)
        asked = PriorityAsked(
            unit=mine.unit, station=mine.station, sequence=mine.sequence, intersection=crossing.number,
            request=mine.request, asks=Asks.UPDATE, group=mine.group, arrives_ms=-1, lasts_s=0.0, provenance=0,
        )  # fmt: skip
        return self._say(asked, case, crossing, False, -1, why, turn) if case is not None else ()

    def _severity(self, case: str) -> int:
        known = self._cases.get(case)
        return known.severity if known is not None else 4

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, PriorityDecided):
            _take(self._state.held, event, self._severity(event.case), turn.city_ms)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        """The order to the controller where something changes there, and always the answer."""
        if not isinstance(event, PriorityDecided):
            return ()
        crossing = self._by_id[event.intersection]
        answer = Answered(
            intersection=event.number, station_id=event.station, request=event.request, sequence=event.sequence,
            group=event.group, grant=Grant.GRANTED if event.granted else Grant.REJECTED,
            until_ms=event.until_ms if event.granted else -1,
        )  # fmt: skip
        ssem = Ssem(
            source=SOURCE, station_id=event.number, time_ms=event.decided_ms, answers=(answer,), sequence=event.sequence
        )
        longitude, latitude = self._cases.lookup.city.frame.to_lonlat(
            *self._cases.lookup.city.roads.node_xy[crossing.node].tolist()
        )
        tail = quadkey_levels(latitude, longitude)[0]
        said = Outgoing(f"outQueue/v2x/ssem/{SOURCE}/{tail}", encode_ssem(ssem))
        if event.until_ms < 0:
            return (said,)
        order = LightOrder(
            order_id=f"{event.case}/{event.unit}/{event.request}/{event.decided_ms}", intersection=crossing.id,
            group=event.group, until_ms=event.until_ms,
        )  # fmt: skip
        return (Outgoing(f"lights/{crossing.id}/order", encode(order)), said)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _take(held: dict[str, Held], event: PriorityDecided, severity: int, now_ms: int) -> None:
    """What a decision changes at its intersection."""
    before = held.get(event.intersection)
    if event.granted:
        since = before.since_ms if before is not None and before.unit == event.unit else now_ms
        held[event.intersection] = Held(
            case=event.case, unit=event.unit, group=event.group, request=event.request, station=event.station,
            sequence=event.sequence, severity=severity, since_ms=since, until_ms=event.until_ms,
        )  # fmt: skip
    elif before is not None and (before.unit, before.request) == (event.unit, event.request):
        del held[event.intersection]
