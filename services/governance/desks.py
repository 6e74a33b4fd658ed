"""Governance put together: scenes, rules and lookups once, then the desks in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from services.collaboration.authority import Authority
from services.collaboration.desks import collaboration
from services.collaboration.names import Names
from services.collaboration.roster import Roster
from services.collaboration.settings import Settings as CollaborationSettings
from services.collaboration.settings import load_settings
from services.engine.desk import Desk
from services.governance.automation import AutomationDesk
from services.governance.calendar import Calendar, load_calendar
from services.governance.cases import CaseDesk
from services.governance.checks import CheckDesk
from services.governance.clocks import ClockDesk
from services.governance.closures import ClosureDesk
from services.governance.collaborating import CasesSeen, CitySeen
from services.governance.commands import CommandDesk
from services.governance.dispatch import DispatchDesk
from services.governance.dispatch_policy import DispatchPolicy, load_dispatch
from services.governance.exposure import Exposure, NoErrands, Stalled
from services.governance.filing import FilingDesk
from services.governance.follow_ups import FollowUpDesk
from services.governance.handoffs import HandoffDesk
from services.governance.incidents import IncidentDesk
from services.governance.incidents_near import Nearness
from services.governance.jurisdiction import Jurisdictions
from services.governance.ledger import LedgerDesk
from services.governance.lookup import Lookup
from services.governance.measures_desk import MeasuresDesk
from services.governance.measures_settings import MeasureSettings, load_measures
from services.governance.nearest_station import assigner_of
from services.governance.notices import NoticeDesk
from services.governance.priority import PriorityDesk
from services.governance.reports import ReportDesk
from services.governance.reports_draft import Draft
from services.governance.reports_lines import Lines
from services.governance.response import ResponseDesk
from services.governance.routing import RoutingDesk
from services.governance.rulebook import Rulebook
from services.governance.rules import RuleSet, load_rules
from services.governance.scene_arming import ArmingDesk
from services.governance.scene_load import load_past, load_scenes
from services.governance.scene_precision import PrecisionDesk
from services.governance.scenes import Scene, conditions
from services.governance.school import SchoolDays, Weekdays, load_school_days
from services.governance.selection import Selection
from services.governance.sensing import Sensing
from services.governance.signals import SignalDesk
from services.governance.suggestions import SuggestionDesk
from services.governance.travel import Travel
from services.governance.units import UnitDesk
from services.governance.v2x_warnings import WarningDesk
from services.governance.verify import VerifyDesk
from services.governance.versions import Versions
from services.governance.views import BoardDesk
from services.governance.virtual_watch import BothWays, NoVirtualPlaces, VirtualPlaces, VirtualWatchDesk, spots
from twin.city.catalogue import Catalogue, Taxonomy
from twin.city.kinds import DeviceKind
from twin.city.locate import Locator
from twin.city.model import City
from twin.city.paths import Paths
from twin.city.residents import Resident
from twin.city.taxonomy import load_editions
from twin.city.units import Department, Unit
from twin.core.words import Mode
from twin.state.conditions import Condition


class World(Protocol):
    """What governance needs to know of the city; read only."""

    @property
    def city(self) -> City: ...

    @property
    def kinds(self) -> Mapping[str, DeviceKind]: ...

    @property
    def departments(self) -> Mapping[str, Department]: ...

    @property
    def units(self) -> Mapping[str, Unit]: ...

    @property
    def roster(self) -> Roster: ...

    @property
    def residents(self) -> Mapping[str, Resident]: ...


@dataclass(frozen=True)
class Governance:
    """Configuration read and checked; :meth:`desks` makes the working parts around one belief."""

    world: World
    scenes: Mapping[str, Scene]
    rules: RuleSet
    calendar: Calendar
    taxonomy: Taxonomy
    past: tuple[Scene, ...] = ()
    """Earlier versions, the oldest first: an open case keeps the one that it was filed under."""
    measures: MeasureSettings = field(default_factory=MeasureSettings)
    school: SchoolDays = field(default_factory=lambda: SchoolDays((), Weekdays()))
    working: CollaborationSettings = field(default_factory=CollaborationSettings)
    dispatch: DispatchPolicy = field(default_factory=DispatchPolicy)
    by_hand: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By scene: the steps that people take whatever its level of automation."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What belief is to watch for."""
        return conditions(self.scenes)

    def rulebook(self) -> Rulebook:
        """The routing rules, ready to be asked."""
        world = self.world
        return Rulebook(self.rules, world.departments, world.roster, world.city, self.calendar.working)

    def desks(
        self, senses: Sensing, errands: Stalled | None = None, locator: Locator | None = None,
        virtual: VirtualPlaces | None = None,
    ) -> tuple[Desk, ...]:  # fmt: skip
        """The desks in order. Each keeps only its own subject; what a desk reads of another comes before it.
        ``errands`` counts those that a hazard keeps from going on; ``locator`` is the city's where one is made;
        ``virtual`` are the virtual places, if there are any."""
        world = self.world
        virtual = virtual or NoVirtualPlaces()
        lookup = Lookup(world.city, world.departments, tuple(world.units.values()), world.roster, spots(virtual))
        authority = Authority(world.roster)
        locator = locator or Locator(world.city)
        response = ResponseDesk(authority)
        arming = ArmingDesk(self.scenes, response, self.school, senses, world.city.meta.time_zone)
        watch = VirtualWatchDesk(self.scenes, virtual)
        signals, versions = SignalDesk(self.scenes, senses, arming, watch), Versions(self.scenes, self.past)
        incidents = IncidentDesk(versions, signals, lookup, authority, Nearness(world.city, locator))
        cases = CaseDesk(versions, incidents, lookup, authority, self.calendar)
        automation = AutomationDesk(
            self.scenes, lookup, authority, lambda scene: not arming.rests(scene), self.by_hand
        )  # fmt: skip
        cases.permits = automation.permits
        units = UnitDesk(cases, world.units)
        travel = Travel(lookup, Paths(world.city.roads, Mode.CAR), locator, senses)
        selection = Selection(cases, units, travel, self.dispatch)
        routing = RoutingDesk(cases, self.rulebook(), Jurisdictions(world.city))
        dispatch = DispatchDesk(cases, units, assigner_of(cases, units, selection, travel, self.dispatch))
        checks = CheckDesk(cases, selection)
        closures = ClosureDesk(cases, locator, senses)
        exposure = Exposure(world.city, world.residents, world.roster, senses, self.measures.exposure)
        ledger = LedgerDesk(cases, closures, senses, exposure, errands or NoErrands(), self.measures)
        lines = Lines(lookup, Names(world.departments, authority))
        reports = ReportDesk(cases, authority, Draft(cases, ledger), lines)
        filing, verify = FilingDesk(cases), VerifyDesk(cases, BothWays(senses, watch))
        board = BoardDesk(cases, closures, units, senses, verify, self.taxonomy)
        together = collaboration(
            CasesSeen(cases, board.card, automation.permits), CitySeen(units, cases, closures, senses),
            world.departments, authority, self.working,
        )  # fmt: skip
        notices, suggestions = NoticeDesk(cases), SuggestionDesk(cases, routing, selection, automation)
        board.gather((suggestions, reports, together.boards, ledger, routing, notices, automation))
        return (
            response,
            arming,
            watch,
            signals,
            incidents,
            PrecisionDesk(),
            automation,
            cases,
            HandoffDesk(cases),
            filing,
            units,
            CommandDesk(cases, checks, dispatch, selection, filing, self.taxonomy),
            routing,
            dispatch,
            checks,
            verify,
            closures,
            notices,
            WarningDesk(cases),
            PriorityDesk(cases, units),
            ClockDesk(cases),
            FollowUpDesk(cases, world.residents),
            ledger,
            MeasuresDesk(cases, self.measures),
            *together.desks,
            reports,
            suggestions,
            board,
        )


def governance_desks(world: World, config: Path, past: Sequence[Path] = ()) -> Governance:
    """Read ``config/scenes`` and ``config/routing.toml``; of ``past`` configurations, oldest first, the scenes. Raises
    :class:`ConfigError` naming file and key."""
    taxonomy = load_editions(config / "taxonomy").latest
    catalogue = Catalogue(dict(world.departments), dict(world.kinds), taxonomy)
    calendar = load_calendar(config / "calendar.toml", world.city.meta.time_zone)
    scenes = load_scenes(config / "scenes", catalogue)
    rules = load_rules(config / "routing.toml", world.departments, scenes)
    policy = load_dispatch(config / "dispatch.toml", world.city, world.departments)
    earlier = (scene for folder in past for scene in load_past(folder / "scenes", catalogue))
    measures, school = load_measures(config / "measures.toml"), load_school_days(config / "school_terms.toml", calendar)
    working = load_settings(config / "collaboration.toml")
    return Governance(world, scenes, rules, calendar, taxonomy, tuple(earlier), measures, school, working, policy)
