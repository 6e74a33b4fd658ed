"""Estimates beside what really happened in a simulated field: for evaluation and review, never for the living twin."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from services.facts.base import Command, Event
from services.facts.governance import CaseClosed, CaseOpened
from services.facts.ledger import TollEstimated
from services.facts.records import Entry
from twin.core.errors import CivitwinError
from twin.field.truth import TruthFact

SAME_M = 250.0
"""A case so near to a hazard that it is taken to be about it."""
SLACK_MS = 600_000
"""A case may be opened so long after the hazard was over."""
_MINUTE_MS = 60_000


KIND: dict[str, str] = {
    "air_quality": "air", "burst_main": "main", "crowd": "crowd", "displaced_cover": "cover", "elderly_alarm": "care",
    "exposed_rubbish": "rubbish", "fallen_tree": "tree", "fire": "fire", "fire_lane_parking": "fire_lane",
    "flooded_underpass": "flood", "gas_leak": "gas", "kiosk_failure": "kiosk", "lamp_circuit": "lamp",
    "night_noise": "noise",
    "overflowing_bin": "bin", "river_level": "river", "road_collision": "collision",
    "school_gate_congestion": "school_run", "site_dust": "dust", "traffic_light_failure": "light_failure",
    "underpass_watch": "flood", "virtual_outage": "platform",
}  # fmt: skip
"""The field's kind of hazard that each scene is about; a scene about the whole city (a storm), or about people in a
virtual place, is compared with none."""


class TruthError(CivitwinError):
    """There is no truth to compare with."""


class Hazard(msgspec.Struct, kw_only=True):
    """One thing that went wrong; ``ended_ms`` -1 while it lasts."""

    kind: str
    id: str
    x_m: float
    y_m: float
    began_ms: int
    ended_ms: int = -1
    residents: int = 0
    vehicles: int = 0


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A hazard and the case about it (empty: nobody noticed), or a case without any hazard (``kind`` empty).
    ``early``: closed while the hazard still lasted. ``estimated``: most residents that the ledger thought exposed at a
    time; ``residents``: all that were, at any time."""

    kind: str
    hazard: str
    case: str
    scene: str
    noticed_min: float | None
    early: bool
    estimated: int
    residents: int
    vehicles: int


class _Case(msgspec.Struct, kw_only=True):
    id: str
    scene: str
    x_m: float
    y_m: float
    opened_ms: int
    closed_ms: int = -1
    most: int = 0


def find_truth(data: Path) -> Path:
    """Where a run's field wrote it. Raises :class:`TruthError`."""
    for path in (data / "truth.jsonl", data / "field" / "truth.jsonl"):
        if path.exists():
            return path
    raise TruthError(f"{data}: no truth.jsonl: only a simulated field with --data writes one")


def load_truth(path: Path) -> list[Hazard]:
    """Every hazard, in the order of beginning; a torn last line is passed over."""
    return hazards_of(_facts(path))


def _facts(path: Path) -> Iterator[TruthFact]:
    decoder = msgspec.json.Decoder(TruthFact)
    for line in path.read_bytes().splitlines():
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError:
            continue


def hazards_of(facts: Iterable[TruthFact]) -> list[Hazard]:
    """Every hazard that the facts tell of, in the order of beginning."""
    hazards: dict[tuple[str, str], Hazard] = {}
    for fact in facts:
        key = (fact.kind, fact.id)
        if fact.what == "began" or (fact.what == "ended" and key not in hazards):
            hazards[key] = Hazard(kind=fact.kind, id=fact.id, x_m=fact.x_m, y_m=fact.y_m, began_ms=fact.city_ms)
        if fact.what == "ended":
            hazard = hazards[key]
            hazard.ended_ms = fact.city_ms
            hazard.residents = max(hazard.residents, len(fact.residents))
            hazard.vehicles = max(hazard.vehicles, fact.vehicles)
    return list(hazards.values())


def compared(hazards: Sequence[Hazard], entries: Iterable[Entry]) -> list[Compared]:
    """Each hazard with the first case about it, then the cases about none."""
    cases: dict[str, _Case] = {}
    for entry in entries:
        _note(cases, entry.fact, entry.city_ms)
    of_hazard: dict[int, list[_Case]] = {}
    alone: list[_Case] = []
    for case in cases.values():
        if case.scene not in KIND:
            continue
        near = [
            (math.hypot(hazard.x_m - case.x_m, hazard.y_m - case.y_m), index)
            for index, hazard in enumerate(hazards)
            if hazard.kind == KIND[case.scene]
            and hazard.began_ms <= case.opened_ms
            and (hazard.ended_ms < 0 or case.opened_ms <= hazard.ended_ms + SLACK_MS)
        ]
        best = min(near, default=(math.inf, -1))
        if best[0] <= SAME_M:
            of_hazard.setdefault(best[1], []).append(case)
        else:
            alone.append(case)
    rows = [_row(hazard, of_hazard.get(index, [])) for index, hazard in enumerate(hazards)]
    return rows + [
        Compared(
            kind="", hazard="", case=case.id, scene=case.scene, noticed_min=None, early=False, estimated=case.most,
            residents=0, vehicles=0,
        )
        for case in alone
    ]  # fmt: skip


def _note(cases: dict[str, _Case], fact: Event | Command, city_ms: int) -> None:
    match fact:
        case CaseOpened():
            cases[fact.case] = _Case(id=fact.case, scene=fact.scene, x_m=fact.x_m, y_m=fact.y_m, opened_ms=city_ms)
        case CaseClosed() if fact.case in cases:
            cases[fact.case].closed_ms = city_ms
        case TollEstimated() if fact.case in cases:
            cases[fact.case].most = max(cases[fact.case].most, fact.toll.residents)
        case _:
            pass


def _row(hazard: Hazard, cases: Sequence[_Case]) -> Compared:
    first = cases[0] if cases else None
    early = any(
        case.closed_ms >= 0 and (hazard.ended_ms < 0 or case.closed_ms < hazard.ended_ms - _MINUTE_MS) for case in cases
    )
    return Compared(
        kind=hazard.kind,
        hazard=hazard.id,
        case=" ".join(case.id for case in cases),
        scene=first.scene if first else "",
        noticed_min=None if first is None else round((first.opened_ms - hazard.began_ms) / _MINUTE_MS, 1),
        early=early,
        estimated=max((case.most for case in cases), default=0),
        residents=hazard.residents,
        vehicles=hazard.vehicles,
    )
