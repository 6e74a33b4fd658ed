"""A day on the roads: residents' own cars beside a fixed through traffic, vans that bring what was bought, and, where
it is asked for, others who fill the room that residents leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from services.evaluation.adoption_settings import RoadRules
from services.evaluation.assignment import HOUR_S, HOURS, Network, RoadDay, Trips, road_day
from services.evaluation.itinerary import Itinerary
from twin.city.habits import CAR
from twin.city.households import Ints
from twin.city.model import City, Floats
from twin.core.chance import generator
from twin.core.words import RoadClass

_VANS_H = np.arange(HOURS)
_VAN_HOURS = ((_VANS_H >= 9) & (_VANS_H < 20)) / 11.0
_LEAST_TRIP_M = 240.0
_SPREAD = 3
_NO_TRIPS = Trips(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Zones:
    """Where cars come onto the main roads and leave them: (Z,) edges and the middles of their lines."""

    edges: Ints
    xy: Floats

    def near(self, xy: Floats) -> Ints:
        """(N, K) the zones next to each point, the nearest first; K is 3 where there are as many."""
        most = min(_SPREAD, len(self.edges))
        _, found = cKDTree(self.xy).query(xy, k=list(range(1, most + 1)))
        return np.asarray(found, np.int64).reshape(len(xy), most)


def zones(city: City, network: Network, apart_m: float) -> Zones:
    """Of each square of the city the edge of a main road (tertiary or higher; any, where there is none) whose middle is
    nearest to the square's."""
    roads = city.roads
    usable = np.flatnonzero(network.allowed)
    main = usable[roads.road_class[usable] <= RoadClass.TERTIARY]
    some = main if len(main) else usable
    if not len(some):
        return Zones(some, np.zeros((0, 2)))
    middle = (roads.node_xy[roads.start[some]] + roads.node_xy[roads.end[some]]) / 2.0
    square = np.floor(middle / apart_m)
    away = np.hypot(*(middle - (square + 0.5) * apart_m).T)
    order = np.lexsort((some, np.round(away, 3), square[:, 1], square[:, 0]))
    first = np.concatenate(([True], np.any(np.diff(square[order], axis=0) != 0, axis=1)))
    chosen = order[first]
    return Zones(some[chosen].astype(np.int64), middle[chosen])


@dataclass(frozen=True, slots=True)
class Through:
    """Ways that stand for the traffic that is not residents': ``per_h`` (24,) cars each of them has in an hour, ``km``
    of one car on each of them together."""

    network: Network
    zones: Zones
    trips: Trips
    per_h: Floats
    km: float


def through_traffic(city: City, rules: RoadRules, moving: tuple[float, ...], seed: int) -> Through:
    """The ways of those who are no residents; as many as keep ``moving`` vehicles under way at free flow."""
    network = Network(city, rules)
    between = zones(city, network, rules.zone_m)
    drawn = _through_trips(city, network, between, rules, seed)
    trips = _only(drawn, network.reachable(drawn))
    volume = network.all_or_nothing(trips, network.free_s)
    took_s, km = float(volume @ network.free_s), float(volume @ network.length_m) / 1000.0
    each = HOUR_S / took_s if took_s > 0.0 else 0.0  # cars an hour on each way that keep one vehicle moving
    return Through(network, between, trips, np.array(moving) * each, km)


def on_the_roads(
    rules: RoadRules, through: Through, usual: Itinerary, now: Itinerary, vans_km: float
) -> tuple[dict[str, float | None], dict[str, float]]:
    """Car-km of residents, vehicle-hours and what is lost of them, at this city's own load and at a busy city's."""
    network = through.network
    own, strayed = _by_hour(through, now)
    km = np.array([_km(network, trips) for trips in own])
    others = np.full(HOURS, through.km) * through.per_h
    more = vans_km * _VAN_HOURS
    if rules.induced > 0.0:
        before = np.array([_km(network, trips) for trips in _by_hour(through, usual)[0]])
        more = more + rules.induced * np.maximum(before - km - more, 0.0)
    factor = through.per_h * (1.0 + np.divide(more, others, out=np.zeros(HOURS), where=others > 0.0))
    hours = [trips + _times(through.trips, factor[hour]) for hour, trips in enumerate(own)]
    plain = road_day(network, hours)
    busy = road_day(network, [_times(trips, rules.busy) for trips in hours])
    return {
        **_figures("", plain), **_figures("busy_", busy),
    }, {
        "residents_car_km": float(km.sum()), "through_km": float((others + more).sum()),
        "strayed_cars": strayed, "gap_share": plain.gap, "busy_gap_share": busy.gap,
    }  # fmt: skip


def _figures(of: str, day: RoadDay) -> dict[str, float | None]:
    return {
        f"{of}vehicle_h": day.vehicle_h, f"{of}lost_vehicle_h": day.lost_h, f"{of}peak_ratio": day.peak_ratio,
    }  # fmt: skip


def _by_hour(through: Through, day: Itinerary) -> tuple[list[Trips], float]:
    """Residents' cars by the hour in which they leave, spread evenly over the zones around both ends, and how many have
    no way."""
    driving = np.flatnonzero(day.mode == CAR)
    edges = through.zones.edges
    if not len(driving) or not len(edges):
        return [_NO_TRIPS] * HOURS, float(len(driving))
    origin, goal = through.zones.near(day.from_xy[driving]), through.zones.near(day.entries.xy[driving])
    spread, left_s = origin.shape[1], day.arrive_s[driving] - day.travel_s[driving]
    hour = np.repeat(np.clip(left_s // HOUR_S, 0, HOURS - 1).astype(np.int64), spread)
    way = (hour * len(edges) + origin.ravel()) * len(edges) + goal.ravel()
    ways, cars = np.unique(way, return_counts=True)
    hour, ends = ways // len(edges) ** 2, ways % len(edges) ** 2
    trips = Trips(edges[ends // len(edges)], edges[ends % len(edges)], cars / spread)
    able = through.network.reachable(trips)
    return [_only(trips, able & (hour == one)) for one in range(HOURS)], float(trips.cars[~able].sum())


def _through_trips(city: City, network: Network, between: Zones, rules: RoadRules, seed: int) -> Trips:
    """From anywhere, by length of lane, to any of the zones."""
    roads = city.roads
    usable = np.flatnonzero(network.allowed)
    if not len(usable):
        return _NO_TRIPS
    weight = np.cumsum(roads.length_m[usable] * roads.lanes[usable])
    dice = generator(seed, "adoption", "through").random((rules.through_trips, 2))
    origin = usable[np.searchsorted(weight, dice[:, 0] * weight[-1], side="right").clip(max=len(usable) - 1)]
    goal = between.edges[(dice[:, 1] * len(between.edges)).astype(np.int64)]
    xy = roads.node_xy
    far = np.hypot(*(xy[roads.start[goal]] - xy[roads.end[origin]]).T) >= _LEAST_TRIP_M
    return Trips(origin[far].astype(np.int64), goal[far], np.ones(int(far.sum())))


def _only(trips: Trips, some: NDArray[np.bool_]) -> Trips:
    return Trips(trips.origin[some], trips.goal[some], trips.cars[some])


def _times(trips: Trips, factor: float) -> Trips:
    return Trips(trips.origin, trips.goal, trips.cars * factor)


def _km(network: Network, trips: Trips) -> float:
    if not len(trips.origin):
        return 0.0
    return float(network.all_or_nothing(trips, network.free_s) @ network.length_m) / 1000.0
