"""Where avatars stand and sit: the first free spot of a room, and the way there."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from services.virtual.state import Avatar
from twin.city.virtual import Spot, VirtualPlace

_TURN = math.pi * (3.0 - math.sqrt(5.0))
"""The golden angle: however many stand around a room that is full, no two stand in one another's place."""


def seated(
    place: VirtualPlace, everybody: Iterable[Avatar], avatar: Avatar, room: str, city_ms: int, spot: int
) -> Avatar:
    """The avatar on its way to a spot of a room: the named one, else the first that nobody has; who finds none stands
    around. Tables fill up one after another, so that who comes alone finds company."""
    taken = {one.spot for one in everybody if one.room == room and one.person != avatar.person}
    spots = place.spots[room]
    chosen = spot if 0 <= spot < len(spots) else next((at for at in range(len(spots)) if at not in taken), -1)
    if chosen < 0:
        over = len(taken) + sum(1 for one in everybody if one.room == room and one.spot < 0)
        return _to(place, msgspec.structs.replace(avatar, room=room, spot=-1), _beside(spots, over), city_ms)
    return walked(place, msgspec.structs.replace(avatar, room=room), chosen, city_ms)


def walked(place: VirtualPlace, avatar: Avatar, spot: int, city_ms: int) -> Avatar:
    """On the way to this spot of the room it is in."""
    there = place.spots[avatar.room][spot]
    return _to(place, msgspec.structs.replace(avatar, spot=spot), (there.x_m, there.y_m), city_ms)


def _to(place: VirtualPlace, avatar: Avatar, goal: tuple[float, float], city_ms: int) -> Avatar:
    here = avatar.at(city_ms, place.plan.walk_mps)
    return msgspec.structs.replace(avatar, from_xy=here, to_xy=goal, since_ms=city_ms)


def _beside(spots: tuple[Spot, ...], number: int) -> tuple[float, float]:
    """Somewhere around a room's middle."""
    x = sum(spot.x_m for spot in spots) / len(spots)
    y = sum(spot.y_m for spot in spots) / len(spots)
    reach = 0.6 * math.sqrt(number + 1.0)
    return round(x + reach * math.cos(_TURN * number), 2), round(y + reach * math.sin(_TURN * number), 2)


def within(place: VirtualPlace, x_m: float, y_m: float) -> bool:
    """Whether a point is on the floor and in nothing that stands there."""
    west, south, east, north = place.floor
    if not (west + 0.6 <= x_m <= east - 0.6 and south + 0.6 <= y_m <= north - 0.6):
        return False
    boxes = (shape.bounds for shape in place.city.buildings.shape)
    return not any(low_x <= x_m <= high_x and low_y <= y_m <= high_y for low_x, low_y, high_x, high_y in boxes)
