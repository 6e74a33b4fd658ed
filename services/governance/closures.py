"""The closures desk: roads are closed while a case needs it, renewed, and opened at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.casework import UrgentLaneTaken
from services.facts.closures import ClosureLifted, ClosureOrdered
from services.facts.governance import CaseClosed, CaseFiled, CaseMerged, CaseNotAccepted
from services.facts.records import Outgoing
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.sensing import Sensing
from twin.city.locate import Locator
from twin.core.words import Mode
from twin.formats.civic import Closure, encode

VALID_MS = 1_800_000
RENEW_BEFORE_MS = 600_000


class RoadClosure(msgspec.Struct, frozen=True):
    """Roads closed by a case until a time."""

    id: str
    case: str
    roads: tuple[str, ...]
    edges: tuple[int, ...]
    from_ms: int
    until_ms: int


class _State(msgspec.Struct):
    closures: dict[str, RoadClosure] = {}  # by case


class ClosureDesk:
    """At most one closure a case; its id is the case's."""

    name = "closures"

    def __init__(self, cases: CaseDesk, locator: Locator, senses: Sensing) -> None:
        self._cases = cases
        self._senses = senses
        self._locator = locator
        self._state = _State()

    def of(self, case: str) -> RoadClosure | None:
        return self._state.closures.get(case)

    def all(self) -> Iterator[RoadClosure]:
        """By case id."""
        for case in sorted(self._state.closures):
            yield self._state.closures[case]

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseFiled() | UrgentLaneTaken():
                case = self._cases.get(fact.case)
                closes = case is not None and self._cases.scenes.of(case).closes != "no"
                if case is None or not closes or case.id in self._state.closures:
                    return ()
                return self._close(case, fact.actor, turn)
            case CaseClosed() | CaseMerged() | CaseNotAccepted():
                return self._lift(fact.case, turn)
            case Tick():
                return tuple(self._renew(turn))
            case _:
                return ()

    def _close(self, case: Case, actor: Actor, turn: Turn) -> Iterable[Event]:
        edges = self._edges(case)
        if not edges:
            return ()
        scene = self._cases.scenes.of(case)
        event = ClosureOrdered(
            actor=actor,
            cause=case.id,
            **because("the scene {scene} closes the road", scene=scene.name),
            case=case.id,
            closure=case.id,
            roads=self._roads(edges),
            edges=edges,
            from_ms=turn.city_ms,
            until_ms=turn.city_ms + VALID_MS,
        )
        return self._cases.allowed(case, event)

    def _lift(self, case: str, turn: Turn) -> Iterable[Event]:
        closure = self.of(case)
        actor = self._cases.authority.rule(f"closure/{case}/lift", "dispatcher", turn.city_ms)
        if closure is None or actor is None:
            return ()
        reason = because("the case has ended")
        return (ClosureLifted(actor=actor, cause=case, case=case, closure=closure.id, **reason),)

    def _edges(self, case: Case) -> tuple[int, ...]:
        """The roads of the place, or the road (or its one direction) at the spot."""
        roads = self._cases.lookup.city.roads
        place = self._cases.lookup.places.get(case.place)
        closes = self._cases.scenes.of(case).closes
        if closes == "place" and place is not None and place.edges:
            both = {edge for own in place.edges for edge in (own, int(roads.reverse[own])) if edge >= 0}
            return tuple(sorted(both))
        edge = case.edge
        if edge < 0 and len(roads):
            edge = int(self._locator.nearest_edges(case.x_m, case.y_m, Mode.CAR)[0][0])
        if edge < 0:
            return ()
        back = int(roads.reverse[edge])
        return (edge,) if closes == "lane" or back < 0 else tuple(sorted((edge, back)))

    def _roads(self, edges: tuple[int, ...]) -> tuple[str, ...]:
        """Feature ids, with the direction where only one of two is closed; the first edge of a feature is forward."""
        roads = self._cases.lookup.city.roads
        names: list[str] = []
        for edge in edges:
            back = int(roads.reverse[edge])
            if back < 0 or back in edges:
                names.append(roads.feature[edge])
            else:
                names.append(f"{roads.feature[edge]}/{'forward' if edge < back else 'backward'}")
        return tuple(dict.fromkeys(names))

    def _renew(self, turn: Turn) -> Iterator[Event]:
        for closure in self.all():
            case = self._cases.get(closure.case)
            if case is None or closure.until_ms - turn.city_ms > RENEW_BEFORE_MS:
                continue
            rule = f"closure/{closure.id}/renew"
            actor = self._cases.authority.rule(rule, "dispatcher", turn.city_ms)
            if actor is None:
                continue
            event = ClosureOrdered(
                actor=actor,
                cause=closure.case,
                **because("the case is still open"),
                case=closure.case,
                closure=closure.id,
                roads=closure.roads,
                edges=closure.edges,
                from_ms=closure.from_ms,
                until_ms=turn.city_ms + VALID_MS,
                renewed=True,
            )
            if refusal(case, event) is None:
                yield event

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case ClosureOrdered():
                self._state.closures[event.case] = RoadClosure(
                    event.closure, event.case, event.roads, event.edges, event.from_ms, event.until_ms
                )
                self._believe()
            case ClosureLifted():
                self._state.closures.pop(event.case, None)
                self._believe()
            case _:
                pass

    def _believe(self) -> None:
        """Belief knows a road as closed from the decision on, not from its echo."""
        self._senses.set_closed({edge for closure in self.all() for edge in closure.edges})

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        match event:
            case ClosureOrdered():
                closure = Closure(
                    closure_id=event.closure,
                    roads=event.roads,
                    from_ms=event.from_ms,
                    until_ms=event.until_ms,
                    case=event.case,
                    reason=event.reason,
                )
                return (Outgoing(f"closures/{event.closure}", encode(closure), retain=True),)
            case ClosureLifted():
                return (Outgoing(f"closures/{event.closure}", b"", retain=True),)
            case _:
                return ()

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
