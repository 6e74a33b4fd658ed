"""Addresses of buildings: street and number, from the nearest named street."""

from __future__ import annotations

import numpy as np
import shapely

from twin.city.graph import near_edge
from twin.city.model import City, Indices
from twin.core.text import Name
from twin.core.words import RoadClass

_ADDRESS_M = 25.0  # one house number for so many metres of street


def addresses(city: City, buildings: Indices) -> list[Name]:
    """One address a building; odd numbers left of the street, even right."""
    if not len(buildings):
        return []
    each, back = np.unique(buildings, return_inverse=True)
    found = _found(city, each.astype(np.int32))
    return [found[index] for index in back.tolist()]


def _found(city: City, buildings: Indices) -> list[Name]:
    roads = city.roads
    named = np.array([name is not None for name in roads.name]) & (roads.road_class <= int(RoadClass.SERVICE))
    edges = np.nonzero(named)[0].astype(np.int32)
    if not len(edges):
        return [city.meta.name for _ in buildings]
    spots = shapely.points(city.buildings.centre_xy[buildings])
    nearest, offsets = near_edge(roads, edges, spots)
    before_m = _before(city)
    found = []
    for edge, offset in zip(nearest.tolist(), offsets.tolist(), strict=True):
        street = roads.name[edge]
        forward = roads.reverse[edge] < 0 or edge < roads.reverse[edge]
        along = offset if forward else roads.length_m[edge] - offset
        ordinal = int((before_m[edge] + along) // _ADDRESS_M)
        number = 2 * ordinal + (2 if forward else 1)
        found.append(Name(f"{number} {street.en}", f"{street.zh}{number}号") if street else city.meta.name)
    return found


def _before(city: City) -> list[float]:
    """(E,) metres of the same street that come before each edge in the file's order, so that no number repeats."""
    roads = city.roads
    total: dict[Name | None, float] = {}
    before = [0.0] * len(roads)
    for edge, (name, length_m) in enumerate(zip(roads.name, roads.length_m.tolist(), strict=True)):
        other = int(roads.reverse[edge])
        if 0 <= other < edge:
            before[edge] = before[other]
        else:
            before[edge] = total.get(name, 0.0)
            total[name] = before[edge] + length_m
    return before
