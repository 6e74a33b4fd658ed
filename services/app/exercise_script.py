"""An exercise between its two sides: what its scenario asks of the field, and what it may name at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from services.exercise.scenario import Known, Scenario
from services.virtual.phones import CONDUCTS
from twin.city.model import City
from twin.city.virtual import PlacePlan
from twin.field.hazards.all import Hazards
from twin.field.injects import Background, Inject, Near, Script
from twin.formats.civic import WarningKind

NOT_TO_BE_MADE = frozenset({"flood", "river", "school_run"})
"""Kinds of hazard that follow from rain, upstream water or school bells, and begin by nothing else."""


def script_of(scenario: Scenario) -> Script:
    """The field's part of a scenario: no expectation, no note, no objective goes there."""
    injects = tuple(
        Inject(
            row.id, row.at_s, row.inject.kind, row.inject.what,
            Near(row.inject.near.place, row.inject.near.kind, row.inject.near.inject), row.inject.of,
            row.inject.channel, row.inject.for_s, row.inject.value, row.inject.level, row.inject.within,
        )
        for row in scenario.msel
    )  # fmt: skip
    allowed = scenario.background
    return Script(injects, Background(allowed.hazards, allowed.rain, allowed.faults, allowed.false_reports))


def known_to(
    city: City, matters: Mapping[str, object], departments: Mapping[str, object], virtual: Mapping[str, PlacePlan]
) -> Known:  # fmt: skip
    """What a scenario may name in this city."""
    hazards = frozenset(kind for kind in HAZARDS if kind not in NOT_TO_BE_MADE)
    return Known(
        hazards, frozenset(device.kind for device in city.devices), frozenset(matters),
        frozenset(get_args(WarningKind)), frozenset(place.kind for place in city.places),
        frozenset(place.id for place in city.places), frozenset(departments), frozenset(virtual),
        frozenset(rumour.id for plan in virtual.values() for rumour in plan.rumours), frozenset(CONDUCTS),
    )  # fmt: skip


HAZARDS: tuple[str, ...] = tuple(
    kind.kind for name, kind in Hazards.__init__.__globals__.items() if getattr(kind, "kind", None) and name != "Hazard"
)
